//! Duplicate declarations in two crates are an error at startup.

use std::process::Command;

#[test]
fn duplicate_declarations_are_an_error_with_both_source_locations() {
    let output = Command::new(env!("CARGO_BIN_EXE_shop-conflict")).output().expect("it starts");
    let (legacy, orders) = ("examples/shop/legacy-orders/src/lib.rs", "examples/shop/orders/src/lib.rs");
    let expected = format!(
        "\
duplicate health check `orders.queue`: declared at {legacy}:18 and at {orders}:32; rename one of them
duplicate metric `open_orders`: declared at {legacy}:14 and at {orders}:17; rename one with `name = \"..\"`
duplicate metric `orders_total`: declared with no labels at {legacy}:10 and with the labels `channel` at {orders}:13; rename one with `name = \"..\"`
"
    );
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    assert_eq!((output.status.code(), stdout, stderr), (Some(1), String::new(), expected));
}
