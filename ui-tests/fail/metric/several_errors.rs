#[ops::metric(unit = 5, buckets = "many", color = "red", help)]
static SIZE: ops::Histogram;

#[ops::metric(unit = "bytes")]
#[ops::instrument_span(nmae = "x", fields = 1)]
fn place() {}

fn main() {
    SIZE.observe(1.0);
    place();
}
