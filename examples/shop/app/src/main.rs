//! A program of several crates: what they annotate is found once they are linked.
//!
//! ```text
//! cargo run --bin shop             serves what its crates annotate on 127.0.0.1:9464
//! cargo run --bin shop -- --list   prints what was found
//! ```

use ops::{Api, MainError, Termination};
use shop_orders::Channel;
use std::io::{self, Write};

// Nothing below names this crate, and a crate that nothing names is not linked: its checks and metrics would be missing.
ops::link!(shop_payments);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), MainError> {
    // A forgotten `link!` is an error here, not a check that nobody misses.
    let api = Api::builder().expect_checks(["orders.queue", "payments.bank", "payments.ledger"]).build()?;
    if std::env::args().any(|argument| argument == "--list") {
        return Ok(list()?);
    }
    let running = api.bind("127.0.0.1:9464").await?.spawn();
    shop_orders::place(Channel::Web, 2)?;
    writeln!(io::stdout(), "metrics  http://{}/metrics\nCtrl-C ends it.", running.address())?;
    // A program without a service of its own waits for the signal alone.
    Ok(running.run(Termination::default(), |shutdown| shutdown).await?)
}

/// Prints what the crates of the program declare, one a line, with its place in the source.
fn list() -> io::Result<()> {
    let catalog = ops::catalog();
    let mut stdout = io::stdout().lock();
    for package in catalog.packages().into_iter().filter(|package| *package != "ops") {
        writeln!(stdout, "package {package}")?;
        for check in catalog.checks() {
            if let Some(place) = check.location.filter(|place| place.package == package) {
                writeln!(stdout, "  {} check {} {place}", check.kinds, check.name)?;
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
