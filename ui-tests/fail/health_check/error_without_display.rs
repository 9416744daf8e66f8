struct Answer;

#[ops::health_check("disk")]
fn disk() -> Result<(), Answer> {
    Ok(())
}

fn main() {}
