//! A program of several annotated crates. Their checks, metrics and spans are registered at link time.
//!
//! ```text
//! cargo run --bin shop             serves the checks and metrics of its crates on 127.0.0.1:9464
//! cargo run --bin shop -- --list   prints the registered items
//! ```

use ops::{Api, MainError, Termination};
use shop_orders::Channel;
use std::io::{self, Write};

// An unused crate is not linked, and its checks and metrics would be missing. Nothing below uses this one.
ops::link!(shop_payments);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), MainError> {
    // A forgotten `link!` is an error here instead of a missing check.
    let api = Api::builder().expect_checks(["orders.queue", "payments.bank", "payments.ledger"]).build()?;
    if std::env::args().any(|argument| argument == "--list") {
        return Ok(list()?);
    }
    let running = api.bind("127.0.0.1:9464").await?.spawn();
    shop_orders::place(Channel::Web, 2)?;
    writeln!(io::stdout(), "metrics  http://{}/metrics\nPress Ctrl-C to stop.", running.address())?;
    // Without a service, this waits for a termination signal.
    Ok(running.run(Termination::default(), |shutdown| shutdown).await?)
}

/// Prints the items that the crates of the program declare, one per line, with their source locations.
fn list() -> io::Result<()> {
    let catalog = ops::catalog();
    let mut stdout = io::stdout().lock();
    for package in catalog.packages().into_iter().filter(|package| *package != "ops") {
        writeln!(stdout, "package {package}")?;
        for check in catalog.checks() {
            if let Some(location) = check.location.filter(|location| location.package == package) {
                writeln!(stdout, "  {} check {} {location}", check.kinds, check.name)?;
            }
        }
        for metric in catalog.metrics().filter(|metric| metric.location.package == package) {
            let labels = metric.labels.join(",");
            writeln!(stdout, "  {} {}{{{labels}}} {}", metric.kind, metric.name, metric.location)?;
        }
        for span in catalog.spans().filter(|span| span.location.package == package) {
            writeln!(stdout, "  span {} {}", span.name, span.location)?;
        }
    }
    Ok(())
}
