#[ops::metric(unit = "KiB/s")]
static RATE: ops::Gauge;

fn main() {}
