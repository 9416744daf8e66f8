//! A small order service with health checks, metrics and spans.
//!
//! ```text
//! cargo run --bin quickstart              starts it and prints its URLs
//! cargo run --bin quickstart -- --once    places orders, verifies its own endpoints, and exits
//! ```
//!
//! [`orders`] has metrics and spans, and [`checks`] has health checks. They are registered at link time, and [`ops::serve`] serves
//! them all. The rest is an ordinary service: [`api`] is its HTTP API, [`storage`] its database. [`tour`] is the self-test behind
//! `--once`.

mod api;
mod checks;
mod http_client;
mod orders;
mod storage;
mod tour;

use api::Api;
use clap::Parser;
use ops::MainError;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;
use storage::Database;

/// A small order service with health checks, metrics and an admin API, on 127.0.0.1
#[derive(Parser)]
#[command(name = "quickstart")]
struct Options {
    /// Port of the order API; 0, the default with --once, selects a free port
    #[arg(long, value_name = "N", default_value_t = 8080, default_value_if("once", "true", "0"))]
    port: u16,

    /// Port of the health checks, metrics and admin API; 0, the default with --once, selects a free port
    #[arg(long, value_name = "M", default_value_t = 9464, default_value_if("once", "true", "0"))]
    ops_port: u16,

    /// Drain delay: seconds between readiness off and the end of the order API
    #[arg(long, value_name = "N", default_value_t = 0)]
    drain_seconds: u64,

    /// Place orders, verify the service's own endpoints, print the results, and exit
    #[arg(long)]
    once: bool,
}

#[tokio::main]
async fn main() -> Result<(), MainError> {
    let options = Options::parse();
    // The directory and the database in it are removed when `main` returns.
    let directory = tempfile::tempdir()?;
    let database = Database::open(directory.path()).await?;

    // Checks receive resources by type. This provides their `Database`.
    ops::provide(database.clone());

    // Serves all checks and metrics of the program, including the metrics of its spans.
    let ops = ops::serve(options.ops_port).await?;
    let ops_address = ops.local_addr().ok_or("`ops` listens on a TCP port")?;

    let api = Api::bind(options.port, database).await?;
    let api_address = api.address();

    if options.once {
        tokio::select! {
            ended = api.serve(std::future::pending()) => ended?,
            toured = tour::take(api_address, ops_address) => toured?,
        }
        ops.shutdown().await?;
        return Ok(());
    }

    // SIGTERM and Ctrl-C start a graceful shutdown: readiness is turned off, the API finishes its requests in flight, and `ops`
    // stops last, so that the metrics of these requests can still be scraped. If the API stops on its own, so does `ops`.
    let termination = ops::Termination::default().drain_delay(Duration::from_secs(options.drain_seconds));
    let served = ops.run(termination, |shutdown| api.serve(shutdown));
    welcome(api_address, ops_address)?;
    Ok(served.await??)
}

fn welcome(api: SocketAddr, ops: SocketAddr) -> io::Result<()> {
    writeln!(
        io::stdout(),
        "\
orders   http://{api}/orders
ready?   http://{ops}/readyz
metrics  http://{ops}/metrics
more     http://{ops}/admin

Place an order, find it in the metrics, and check readiness:

  curl -d '{{\"item\":\"tea\",\"quantity\":2,\"channel\":\"web\"}}' -H 'Content-Type: application/json' http://{api}/orders
  curl -s http://{ops}/metrics | grep orders_total
  curl -s 'http://{ops}/readyz?verbose'

Press Ctrl-C to stop."
    )
}
