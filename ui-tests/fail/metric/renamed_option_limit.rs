/// Logins.
#[ops::metric(limit = 500)]
static LOGINS: ops::Counter;

fn main() {}
