/// Logins, by user.
#[ops::metric(expire = "60")]
static LOGINS: ops::Counter;

fn main() {}
