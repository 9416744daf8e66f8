//! What the crates of a program annotate is in the built program: all of it, also after the strictest linking.

use ops_tests::program::{Ended, build, cargo, run};
use std::path::PathBuf;
use tokio::process::Command;

/// All that the crates of `examples/shop` declare. Nothing calls `shop-payments`: it is there because it is linked.
const DECLARED: &str = "\
package shop-orders
";

#[tokio::test]
async fn a_debug_build_has_all_that_its_crates_declare() {
    let shop = build(&shop(&["--profile", "dev"])).await;
    assert_eq!(run(Command::new(shop).arg("--list")).await, declared());
}

#[tokio::test]
async fn a_stripped_build_with_fat_lto_and_one_codegen_unit_has_all_that_its_crates_declare() {
    let shop = build(&shop(&["--profile", "dist"])).await;
    assert_eq!(run(Command::new(shop).arg("--list")).await, declared());
}
