//! A program that fails to start: two of its crates declare metrics and a check with the same names.
//!
//! `cargo run --bin shop-conflict` prints each conflict with both source locations.

use ops::Api;
use std::io::{self, Write};
use std::process::ExitCode;

ops::link!(shop_orders, shop_legacy_orders);

fn main() -> ExitCode {
    let Err(error) = Api::builder().build() else { return ExitCode::SUCCESS };
    // If standard error is closed, the exit code still reports the failure.
    let _ = writeln!(io::stderr(), "{error}");
    ExitCode::FAILURE
}
