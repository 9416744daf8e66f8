#[derive(ops::Labels)]
enum Channel {
    Web,
}

fn main() {}
