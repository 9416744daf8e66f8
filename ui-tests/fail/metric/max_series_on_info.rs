#[derive(ops::Labels)]
struct Build<'a> {
    version: &'a str,
}

#[ops::metric(max_series = 10)]
static BUILD: ops::Info<Build<'static>>;

fn main() {
    let _ = Build { version: "1" }.version;
}
