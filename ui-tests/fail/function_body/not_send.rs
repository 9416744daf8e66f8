use std::rc::Rc;

#[ops::metric]
#[ops::instrument_span]
async fn place() -> usize {
    let shared = Rc::new(7);
    std::future::ready(()).await;
    *shared
}

fn assert_send<T: Send>(_: T) {}

fn main() {
    assert_send(place());
}
