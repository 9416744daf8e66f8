//! Prometheus scrapes the quickstart example and stores the expected values.

use ops_tests::quickstart::{Quickstart, binary};
use ops_tests::real::{RealServer, parse_with_python, promtool_check, query};
use ops_tests::scrape::scrape;
use serde_json::{Value, json};
use tokio::process::Command;

#[tokio::test]
async fn prometheus_stores_the_exact_number_of_orders() {
    let quickstart = Quickstart::start(Command::new(binary().await)).await;
    let prometheus = RealServer::prometheus(&[("quickstart", quickstart.ops)]).await;

    // Series of static label sets exist at 0 before the first order, so that Prometheus sees the first one as an increase.
    let by_channel = query("sum(orders_total)by(channel)");
    prometheus.wait_for(&by_channel, orders("0", "0"), seen).await;

    for (channel, orders) in [("web", 7), ("shop", 4)] {
        for _ in 0..orders {
            let order = json!({ "item": "tea", "quantity": 1, "channel": channel });
            assert_eq!(quickstart.place(&order).await.status, 201);
        }
    }
    prometheus.wait_for(&by_channel, orders("4", "7"), seen).await;
    let placed = query("sum(place_order_total{outcome=\"ok\"})by(channel)");
    prometheus.wait_for(&placed, orders("4", "7"), seen).await;

    let targets = prometheus.get_json("/api/v1/targets").await;
    let target = &targets["data"]["activeTargets"][0];
    assert_eq!((&target["health"], &target["lastError"]), (&json!("up"), &json!("")), "{target}");
    quickstart.interrupt().await;
}

/// The expected result: the number of orders of the shop and of the web.
fn orders(shop: &str, web: &str) -> Vec<Value> {
    vec![json!(["shop", shop]), json!(["web", web])]
}

/// The values of a query, sorted by channel.
fn seen(response: &Value) -> Vec<Value> {
    let results = response["data"]["result"].as_array().into_iter().flatten();
    let mut seen: Vec<_> = results.map(|result| json!([result["metric"]["channel"], result["value"][1]])).collect();
    seen.sort_by_key(Value::to_string);
    seen
}

#[tokio::test]
async fn promtool_reports_no_problems() {
    let quickstart = Quickstart::start(Command::new(binary().await)).await;
    quickstart.place(&json!({ "item": "tea", "quantity": 1, "channel": "web" })).await;
    let metrics = scrape(quickstart.ops, "/metrics", &[]).await.text();

    assert_eq!(promtool_check(&metrics).await, (Some(0), String::new()), "{metrics}");
    quickstart.interrupt().await;
}

#[tokio::test]
async fn python_parses_the_metrics_of_a_program_strictly() {
    let quickstart = Quickstart::start(Command::new(binary().await)).await;
    quickstart.place(&json!({ "item": "tea", "quantity": 1, "channel": "web" })).await;
    let metrics =
        scrape(quickstart.ops, "/metrics", &["Accept: application/openmetrics-text;version=1.0.0"]).await.text();

    let families = parse_with_python("openmetrics", metrics.as_bytes()).await;
    let families: Vec<_> = families.as_array().unwrap().iter().filter_map(|family| family[0].as_str()).collect();
    for family in ["orders", "place_order", "place_order_duration_seconds", "ops_build", "ops_metric_errors"] {
        assert!(families.contains(&family), "{family} in {families:?}");
    }
    quickstart.interrupt().await;
}
