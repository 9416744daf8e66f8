use std::rc::Rc;

#[ops::health_check("db")]
async fn database() {
    let shared = Rc::new(1);
    std::future::ready(()).await;
    drop(shared);
}

fn main() {}
