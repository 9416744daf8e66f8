mod names {
    pub const DATABASE: &str = "Orders DB";
}

#[ops::health_check(names::DATABASE)]
async fn database() {}

fn main() {}
