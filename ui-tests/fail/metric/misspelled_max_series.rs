/// Logins.
#[ops::metric(max_serie = 500)]
static LOGINS: ops::Counter;

fn main() {}
