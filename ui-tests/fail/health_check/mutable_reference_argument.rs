use ops::CheckContext;

#[ops::health_check("disk")]
fn disk(context: &mut CheckContext) {
    let _ = context;
}

fn main() {}
