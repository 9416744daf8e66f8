/// Logins, by user.
#[ops::metric(limit = 0)]
static LOGINS: ops::Counter;

fn main() {}
