#[ops::metric(result_labels(status = |status| *status))]
static SERVED: ops::Counter;

fn main() {}
