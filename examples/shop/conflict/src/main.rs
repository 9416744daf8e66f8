//! A program that does not start: two of its crates declare metrics and a check of the same names.
//!
//! `cargo run --bin shop-conflict` says which, with both places of each in the source.

use ops::Api;
use std::io::{self, Write};
use std::process::ExitCode;

ops::link!(shop_orders, shop_legacy_orders);

fn main() -> ExitCode {
    let Err(error) = Api::builder().build() else { return ExitCode::SUCCESS };
    // Where standard error is closed as well, the exit code still tells.
    let _ = writeln!(io::stderr(), "{error}");
    ExitCode::FAILURE
}
