/// Logins, by user.
#[ops::metric(max_series = 0)]
static LOGINS: ops::Counter;

fn main() {}
