#[ops::metric]
#[ops::instrument_span]
fn sync() -> u8 {
    "seven"
}

#[ops::metric]
#[ops::instrument_span]
async fn later() -> u8 {
    if true {
        return "seven";
    }
    7
}

#[ops::metric]
async fn last() -> Option<u8> {
    std::future::ready(()).await;
    7
}

fn main() {}
