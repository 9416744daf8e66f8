//! A service that uses each macro of `ops` once, compiled with the older `syn` of this lock file.

/// Orders accepted, by channel.
#[ops::metric]
static ORDERS: ops::Counter<OrderLabels>;

#[derive(ops::Labels)]
struct OrderLabels {
    channel: Channel,
}

#[derive(ops::LabelValue)]
enum Channel {
    Web,
    Shop,
}

/// Reaches the orders database.
#[ops::health_check("db", timeout = "500ms")]
async fn database() -> Result<(), std::io::Error> {
    Ok(())
}

/// Places an order.
#[ops::metric(name = "place_order")]
#[ops::instrument_span("order.place", fields(order.id = id))]
async fn place_order(id: u64, channel: Channel) -> Result<u64, std::io::Error> {
    ORDERS.with(&OrderLabels { channel }).inc();
    tokio::task::yield_now().await;
    Ok(id)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let running = ops::serve("127.0.0.1:0").await?;
    for channel in [Channel::Web, Channel::Shop] {
        place_order(7, channel).await?;
    }
    assert!(ops::metrics().to_text().contains("orders_total{channel=\"shop\"} 1\n"));
    println!("served at {}", running.address());
    Ok(())
}
