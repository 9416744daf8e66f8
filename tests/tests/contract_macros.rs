//! The three attributes as a user writes them, and what each must put on the wire.
//!
//! A contract, like `seed.rs`: this compiles in a binary of its own (the link-time registry is
//! one per program) and the assertions hold. Error texts, more options and more shapes are
//! asked for in the issues.

use ops::{Counter, Gauge, Histogram, LabelValue, Labels, Outcome};
use std::time::Duration;

// ---- #[health_check] ---------------------------------------------------------------------------

/// Reaches the orders database.
#[ops::health_check("db", timeout = "500ms")]
async fn database(pool: ops::Resource<Pool>) -> Result<(), PoolError> {
    pool.ping().await
}

/// Room left for the journal.
#[ops::health_check("disk", critical = false, tags("storage"))]
fn disk() -> Outcome {
    Outcome::degraded("91 % full").detail("free_bytes", 1_024_u64)
}

/// Without a name the check is called as the function is; the deadline is there to be used.
#[ops::health_check]
async fn queue(context: ops::CheckContext) -> bool {
    tokio::time::timeout_at(context.deadline().into(), async { true }).await.unwrap_or(false)
}

#[ops::health_check("deadlock", kind = "liveness")]
fn not_deadlocked() {}

// ---- #[metric] on statics ----------------------------------------------------------------------

/// Orders accepted, by channel and tenant.
#[ops::metric]
static ORDERS: Counter<OrderLabels>;

#[derive(Labels)]
struct OrderLabels {
    channel: Channel,
    tenant: &'static str,
}

/// A closed set of values. By itself it is also a set of one label, called as the type is: `channel`.
#[derive(LabelValue, Clone, Copy, Debug)]
enum Channel {
    Web,
    #[label("point-of-sale")]
    PointOfSale,
}

/// Refunds by channel: all label values are known, so every series is there, at 0, from the start.
#[ops::metric]
static REFUNDS: Counter<Channel>;

/// Orders waiting.
#[ops::metric]
static QUEUE_DEPTH: Gauge;

/// Size of an order on the wire.
#[ops::metric(unit = "bytes", buckets = [256, 1024, 4096])]
static ORDER_SIZE: Histogram;

/// Time to authorise.
#[ops::metric(name = "auth_time", unit = "seconds", buckets = exponential(0.001, 2.0, 12))]
static AUTHORISATION: Histogram;

// ---- #[metric] and #[instrument_span] on functions ----------------------------------------------

/// Calls by outcome, how long they took and how many are running, with nothing to write in the body.
/// A label whose type is named has a known set of values; without the type (`labels(tenant = tenant)`)
/// series appear as they are first used.
#[ops::metric(name = "place_order", labels(channel: Channel = channel))]
#[ops::instrument_span("order.place", fields(order.id = id, channel = ?channel))]
async fn place_order(id: u64, channel: Channel) -> Result<u64, PoolError> {
    ops::Span::current().set_attr(ops::attr("priced", true));
    if id == 0 { Err(PoolError) } else { Ok(id) }
}

/// A function that names nothing joins the shared families, told apart by labels.
#[ops::metric]
fn price(amount: u64) -> u64 {
    amount * 2
}

struct Cart;

/// On an `impl` block: every method, counted under the name of its type.
#[ops::metric]
impl Cart {
    #[ops::instrument_span("cart.total")]
    fn total(&self) -> Option<u64> {
        Some(price(21))
    }

    #[ops::metric(skip)]
    fn empty() -> Self {
        Cart
    }
}

#[tokio::test]
async fn what_is_annotated_is_served() {
    // ORDER_SIZE and the rest exist before anything touched them.
    let text = ops::metrics().to_text();
    for line in [
        "# HELP refunds_total Refunds by channel: all label values are known, so every series is there, at 0, from the start.",
        "# TYPE refunds_total counter",
        "refunds_total{channel=\"web\"} 0",
        "refunds_total{channel=\"point-of-sale\"} 0",
        "# TYPE order_size_bytes histogram",
        "order_size_bytes_bucket{le=\"+Inf\"} 0",
        "queue_depth 0",
        "place_order_total{outcome=\"ok\",channel=\"web\"} 0",
    ] {
        assert!(text.lines().any(|found| same_series(found, line)), "missing {line:?} in\n{text}");
    }

    ORDERS.with(&OrderLabels { channel: Channel::Web, tenant: "acme" }).inc();
    ORDERS.with(&OrderLabels { channel: Channel::Web, tenant: "acme" }).add(2);
    REFUNDS.with(&Channel::PointOfSale).inc();
    QUEUE_DEPTH.set(7.0);
    QUEUE_DEPTH.dec();
    ORDER_SIZE.observe(1000.0);
    AUTHORISATION.observe_duration(Duration::from_millis(3));
    assert_eq!(place_order(7, Channel::Web).await.unwrap(), 7);
    assert!(place_order(0, Channel::Web).await.is_err());
    assert_eq!(Cart::empty().total(), Some(42));

    let text = ops::metrics().to_text();
    for line in [
        "orders_total{channel=\"web\",tenant=\"acme\"} 3",
        "refunds_total{channel=\"point-of-sale\"} 1",
        "queue_depth 6",
        "order_size_bytes_bucket{le=\"1024\"} 1",
        "order_size_bytes_sum 1000",
        "auth_time_seconds_count 1",
        "place_order_total{outcome=\"ok\",channel=\"web\"} 1",
        "place_order_total{outcome=\"error\",channel=\"web\"} 1",
        "place_order_in_flight{channel=\"web\"} 0",
        "place_order_duration_seconds_count{outcome=\"ok\",channel=\"web\"} 1",
        "order_place_duration_seconds_count 2",
        "cart_total_duration_seconds_count 1",
        "function_calls_total{function=\"price\",module=\"MODULE\",outcome=\"ok\"} 1",
        "function_calls_total{function=\"Cart::total\",module=\"MODULE\",outcome=\"ok\"} 1",
    ] {
        let line = line.replace("MODULE", module_path!());
        assert!(text.lines().any(|found| same_series(found, &line)), "missing {line:?} in\n{text}");
    }

    // The checks, discovered; the resource that one of them needs has not been provided yet.
    let report = ops::health().check().await;
    assert_eq!(report.checks.keys().collect::<Vec<_>>(), ["db", "deadlock", "disk", "queue"]);
    assert!(report.checks["db"].error.as_deref().unwrap().contains("Pool"), "says which resource is missing");
    ops::provide(Pool);
    let report = ops::health().check().await;
    assert_eq!(report.status, ops::Status::Degraded, "a check that is not critical only degrades");
    assert!(report.checks["db"].ok && !report.checks["disk"].ok);

    // Everything is in the catalogue, with its place in the source and its documentation.
    let catalog = ops::catalog();
    let orders = catalog.metrics().find(|metric| metric.name == "orders_total").unwrap();
    assert_eq!(orders.help, "Orders accepted, by channel and tenant.");
    assert!(orders.location.file.ends_with(".rs") && orders.location.line > 0);
}

/// Label order is the library's to choose.
fn same_series(found: &str, wanted: &str) -> bool {
    let parts = |line: &str| -> (String, Vec<String>, String) {
        match line.split_once('{') {
            Some((name, rest)) => {
                let (labels, value) = rest.rsplit_once('}').unwrap();
                let mut labels: Vec<String> = labels.split(',').map(str::to_owned).collect();
                labels.sort();
                (name.to_owned(), labels, value.to_owned())
            }
            None => (line.to_owned(), Vec::new(), String::new()),
        }
    };
    parts(found) == parts(wanted)
}

// ---- what the example needs ------------------------------------------------------------------------

struct Pool;

#[derive(Debug)]
struct PoolError;

impl std::fmt::Display for PoolError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the pool has no connection")
    }
}

impl std::error::Error for PoolError {}

impl Pool {
    async fn ping(&self) -> Result<(), PoolError> {
        Ok(())
    }
}
