#[derive(ops::Labels)]
struct Bucket {
    le: u8,
}

fn main() {}
