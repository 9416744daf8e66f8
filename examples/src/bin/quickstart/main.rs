//! A small order service, and what `ops` adds to it.
//!
//! ```text
//! cargo run --bin quickstart              starts it, and prints where it is
//! cargo run --bin quickstart -- --once    places orders, reads everything back, and ends
//! ```
//!
//! Read [`orders`] for metrics and spans and [`checks`] for health checks. Nothing hands what they declare to anyone:
//! the one call of [`ops::serve`] below finds it. The rest is a service as you have one yourself: [`api`] is its HTTP
//! API, [`storage`] its database. [`tour`] is the self-test behind `--once`.

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

/// A small order service with its health, metrics and admin API beside it, on 127.0.0.1
#[derive(Parser)]
#[command(name = "quickstart")]
struct Options {
    /// The port of the order API; 0 is any free one, as it is with --once
    #[arg(long, value_name = "N", default_value_t = 8080, default_value_if("once", "true", "0"))]
    port: u16,

    /// The port of the health, metrics and admin API; 0 is any free one, as it is with --once
    #[arg(long, value_name = "M", default_value_t = 9464, default_value_if("once", "true", "0"))]
    ops_port: u16,

    /// For how long it still takes orders when it is told to end and is not ready any more
    #[arg(long, value_name = "N", default_value_t = 0)]
    drain_seconds: u64,

    /// Place orders, read the service's own endpoints back, print what they say, and end
    #[arg(long)]
    once: bool,
}

#[tokio::main]
async fn main() -> Result<(), MainError> {
    let options = Options::parse();
    // Removed, with the database in it, when this function ends.
    let directory = tempfile::tempdir()?;
    let database = Database::open(directory.path()).await?;

    // Checks ask for what they need by its type; this is the `Database` that they are given.
    ops::provide(database.clone());

    // All there is to it: every check, metric and span of the program is found and served.
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

    // From here on SIGTERM and Ctrl-C end it: it is not ready any more, the API finishes its last requests, and `ops` is last, so
    // that these are still measured and can still be read. An API that ends by itself ends the program as well.
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

Place an order, look for it in the metrics, ask whether all is well:

  curl -d '{{\"item\":\"tea\",\"quantity\":2,\"channel\":\"web\"}}' -H 'Content-Type: application/json' http://{api}/orders
  curl -s http://{ops}/metrics | grep orders_total
  curl -s 'http://{ops}/readyz?verbose'

Ctrl-C ends it."
    )
}
