//! Every annotated item of every crate is registered.
//!
//! `cargo test -p shop --profile dist` tests this with link-time optimization and stripped symbols.

use std::path::Path;
use std::process::{Command, Output};

/// Items of the crates in `examples/shop`. Nothing calls `shop-payments`, which `ops::link!` links.
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

/// Returns the exit code, standard output and standard error of a command.
fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    (status.code(), stdout, stderr)
}

#[test]
fn all_items_of_all_crates_are_registered() {
    let listed = run(Command::new(env!("CARGO_BIN_EXE_shop")).arg("--list"));
    assert_eq!(listed, (Some(0), DECLARED.to_owned(), String::new()));
}

/// Returns the output of `cargo tree`, one package per line.
fn tree(arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    cargo.args(["tree", "--locked", "--prefix", "none", "-f", "{p}"]);
    let (code, stdout, stderr) = run(cargo.args(arguments));
    assert_eq!(code, Some(0), "{stderr}");
    stdout
}

#[test]
fn annotated_libraries_do_not_depend_on_the_server() {
    for library in ["ops", "shop-orders", "shop-payments"] {
        let tree = tree(&["-e", "normal", "-p", library, "--no-default-features"]);
        let packages: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(packages.contains(&"ops") && packages.contains(&"linkme"), "{tree}");
        for heavy in ["argon2", "axum", "hyper", "hyper-util", "serde", "tokio", "tower", "tracing"] {
            assert!(!packages.contains(&heavy), "`{library}` depends on `{heavy}`:\n{tree}");
        }
    }
}

#[test]
fn default_features_depend_on_one_version_of_syn() {
    let tree = tree(&["-e", "normal,build", "-p", "ops"]);
    let mut versions: Vec<_> = tree.lines().filter_map(|line| line.strip_prefix("syn v")).collect();
    versions.retain(|version| !version.starts_with("3."));
    assert!(tree.contains("syn v3.") && versions.is_empty(), "{versions:?}");
}
