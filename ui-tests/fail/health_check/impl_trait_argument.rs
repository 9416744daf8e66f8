#[ops::health_check("disk")]
fn disk(path: impl AsRef<str>) {
    drop(path);
}

fn main() {}
