#[ops::metric(name = "serve", result_labels(status = status_of))]
fn serve() -> u16 {
    200
}

fn status_of(response: &String) -> usize {
    response.len()
}

fn main() {}
