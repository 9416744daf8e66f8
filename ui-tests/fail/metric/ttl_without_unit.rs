/// Logins, by user.
#[ops::metric(ttl = "60")]
static LOGINS: ops::Counter;

fn main() {}
