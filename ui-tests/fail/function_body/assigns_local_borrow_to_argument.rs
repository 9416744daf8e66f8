#[ops::metric]
fn longest(mut word: &str) -> usize {
    let longer = word.repeat(2);
    word = &longer;
    word.len()
}

fn main() {
    longest("a");
}
