struct Answer;

#[ops::health_check("db")]
async fn database() -> Answer {
    Answer
}

fn main() {}
