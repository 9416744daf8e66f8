fn main() {}

#[ops::metric(name = "place", labels(first = take(order)))]
fn place(order: String) -> usize {
    order.len()
}

fn take(order: String) -> bool {
    order.is_empty()
}
