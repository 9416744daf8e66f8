//! The catalog endpoint of a program with one item of each kind.

use ops::{Api, Counter};
use ops_tests::{Response, get};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Orders accepted.
#[ops::metric]
static ORDERS: Counter;

/// Size of an order on the wire.
#[ops::metric(unit = "bytes", buckets = [256, 1024])]
static ORDER_SIZE: ops::Histogram;

/// Reaches the orders database.
#[ops::health_check("db")]
async fn database() {}

#[ops::instrument_span("order.place")]
fn place_order() {}

async fn start() -> SocketAddr {
    Api::builder()
        .expect_checks(["db"])
        .build()
        .unwrap()
        .bind("127.0.0.1:0")
        .await
        .unwrap()
        .spawn()
        .local_addr()
        .unwrap()
}

/// Returns the items declared in this file, without `file` and `line`, which change with every edit.
fn items(response: &Response) -> Vec<Value> {
    let mut items: Vec<_> = response.json()["items"].as_array().unwrap().clone();
    items.retain(|item| item["file"].as_str().unwrap().ends_with("catalog.rs"));
    for item in &mut items {
        let item = item.as_object_mut().unwrap();
        assert!(item.remove("line").unwrap().as_u64().unwrap() > 0);
        assert!(item.remove("file").is_some());
    }
    items
}

fn names(response: &Response) -> Vec<String> {
    items(response)
        .iter()
        .map(|item| format!("{} {}", item["kind"].as_str().unwrap(), item["name"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn catalog_lists_and_filters_linked_items() {
    let server = start().await;
    let here = |mut item: Value| {
        item["package"] = "ops-tests".into();
        item["module"] = module_path!().into();
        item
    };
    let catalog = get(server, "/admin/catalog", &[]).await;
    assert_eq!((catalog.status, catalog.header("content-type")), (200, Some("application/json")));
    assert_eq!(
        items(&catalog),
        [
            here(json!({
                "kind": "check", "name": "db", "type": "readiness", "help": "Reaches the orders database.", "used": true,
            })),
            here(json!({
                "kind": "metric", "name": "order_place_duration_seconds", "type": "histogram", "unit": "seconds",
                "help": "Duration of the span `order.place`.", "used": false,
            })),
            here(json!({
                "kind": "metric", "name": "order_size_bytes", "type": "histogram", "unit": "bytes",
                "help": "Size of an order on the wire.", "used": false,
            })),
            here(json!({
                "kind": "metric", "name": "orders_total", "type": "counter", "help": "Orders accepted.", "used": false,
            })),
            here(json!({"kind": "span", "name": "order.place", "help": "", "used": false})),
        ]
    );

    assert_eq!(names(&get(server, "/admin/catalog?kind=span&kind=check", &[]).await), ["check db", "span order.place"]);
    assert_eq!(names(&get(server, "/admin/catalog?q=ON%20THE%20wire", &[]).await), ["metric order_size_bytes"]);
    assert_eq!(names(&get(server, "/admin/catalog?kind=metric&q=orders", &[]).await), ["metric orders_total"]);

    ORDERS.inc();
    place_order();
    let unused = get(server, "/admin/catalog?unused", &[]).await;
    assert_eq!(names(&unused), ["metric order_size_bytes"]);
}
