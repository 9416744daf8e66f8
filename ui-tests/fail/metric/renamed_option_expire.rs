/// Logins.
#[ops::metric(expire = "1h")]
static LOGINS: ops::Counter;

fn main() {}
