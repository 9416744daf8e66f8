//! What the crates of a program annotate is in the program: all of it, also after the strictest linking.

use ops_tests::program::{Ended, build, cargo, run};
use std::path::PathBuf;
use tokio::process::Command;

/// All that the crates of `examples/shop` declare. Nothing calls `shop-payments`: it is there because it is linked.
const DECLARED: &str = "\
package shop-orders
  readiness check orders.queue examples/shop/orders/src/lib.rs:32
  gauge open_orders{} examples/shop/orders/src/lib.rs:17
  histogram order_place_duration_seconds{} examples/shop/orders/src/lib.rs:45
  counter orders_total{channel} examples/shop/orders/src/lib.rs:13
  histogram place_order_duration_seconds{channel,outcome} examples/shop/orders/src/lib.rs:45
  gauge place_order_in_flight{channel} examples/shop/orders/src/lib.rs:45
  counter place_order_total{channel,outcome} examples/shop/orders/src/lib.rs:45
  span order.place examples/shop/orders/src/lib.rs:45
package shop-payments
  readiness check payments.bank examples/shop/payments/src/lib.rs:26
  liveness check payments.ledger examples/shop/payments/src/lib.rs:32
  histogram function_calls_duration_seconds{function,module,outcome} examples/shop/payments/src/lib.rs:43
  gauge function_calls_in_flight{function,module} examples/shop/payments/src/lib.rs:43
  counter function_calls_total{function,module,outcome} examples/shop/payments/src/lib.rs:43
  histogram payment_amount{method,refund} examples/shop/payments/src/lib.rs:10
  histogram payment_refund_duration_seconds{} examples/shop/payments/src/lib.rs:49
  histogram payment_take_duration_seconds{} examples/shop/payments/src/lib.rs:43
  span payment.refund examples/shop/payments/src/lib.rs:49
  span payment.take examples/shop/payments/src/lib.rs:43
";

#[tokio::test]
async fn a_debug_build_has_all_that_its_crates_declare() {
    let shop = build_shop(&["--bin", "shop", "--profile", "dev"]).await;
    assert_eq!(list(shop).await, (Some(0), DECLARED.to_owned(), String::new()));
}

#[tokio::test]
async fn a_stripped_build_with_fat_lto_and_one_codegen_unit_has_all_that_its_crates_declare() {
    let shop = build_shop(&["--bin", "shop", "--profile", "dist"]).await;
    assert_eq!(list(shop).await, (Some(0), DECLARED.to_owned(), String::new()));
}

#[tokio::test]
async fn crates_that_declare_one_name_are_refused_at_the_start_with_both_places() {
    let conflict = build_shop(&["--bin", "shop-conflict", "--profile", "dev", "--features", "conflict"]).await;
    let Ended { code, stdout, stderr, .. } = run(&mut Command::new(conflict)).await;
    let (legacy, orders) = ("examples/shop/legacy-orders/src/lib.rs", "examples/shop/orders/src/lib.rs");
    let expected = format!(
        "\
the health check `orders.queue` is declared at {legacy}:18 and again at {orders}:32: rename one
`open_orders` is declared at {legacy}:14 and again at {orders}:17: rename one with `name = \"..\"`
`orders_total` has no labels at {legacy}:10 and the labels `channel` at {orders}:13: rename one with `name = \"..\"`
"
    );
    assert_eq!((code, stdout, stderr), (Some(1), String::new(), expected));
}

#[tokio::test]
async fn a_library_that_annotates_pulls_in_no_server() {
    let libraries = ["ops", "shop-orders", "shop-payments"];
    for library in libraries {
        let mut tree = cargo();
        tree.args(["tree", "--locked", "-e", "normal", "--prefix", "none", "-f", "{p}", "-p", library]);
        let Ended { code, stdout, stderr, .. } = run(tree.arg("--no-default-features")).await;
        assert_eq!(code, Some(0), "{stderr}");
        let packages: Vec<_> = stdout.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(packages.contains(&"ops") && packages.contains(&"linkme"), "{stdout}");
        for heavy in ["argon2", "axum", "hyper", "hyper-util", "serde", "tokio", "tower", "tracing"] {
            assert!(!packages.contains(&heavy), "`{library}` depends on `{heavy}`:\n{stdout}");
        }
    }
    let mut check = cargo();
    check.args(["check", "--locked", "--target-dir", TARGET]);
    let Ended { code, stderr, .. } =
        run(check.args(libraries.iter().skip(1).flat_map(|library| ["-p", library]))).await;
    assert_eq!(code, Some(0), "{stderr}");
}

#[tokio::test]
async fn the_usual_features_bring_one_syn() {
    let mut tree = cargo();
    tree.args(["tree", "--locked", "-e", "normal,build", "--prefix", "none", "-f", "{p}", "-p", "ops"]);
    let Ended { code, stdout, stderr, .. } = run(&mut tree).await;
    assert_eq!(code, Some(0), "{stderr}");
    let mut versions: Vec<_> = stdout.lines().filter_map(|line| line.strip_prefix("syn v")).collect();
    versions.retain(|version| !version.starts_with("3."));
    assert!(stdout.contains("syn v3.") && versions.is_empty(), "{versions:?}");
}

/// A target folder of its own: the one of the tests may be in use.
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/linkage");

/// Builds a binary of the package `shop`. Builds that ask for the same files take turns, by Cargo's own lock.
async fn build_shop(arguments: &[&str]) -> PathBuf {
    build(&[&["-p", "shop", "--target-dir", TARGET], arguments].concat()).await
}

/// What the program prints of all that it found: the exit code, and both outputs.
async fn list(shop: PathBuf) -> (Option<i32>, String, String) {
    let Ended { code, stdout, stderr, .. } = run(Command::new(shop).arg("--list")).await;
    (code, stdout, stderr)
}
