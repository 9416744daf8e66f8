//! HTTP servers for `/metrics`: `ops` with its own server, all other subjects with axum.

use crate::subject::{Exporter, Kind, Role, Size, Subject};
use crate::subjects::serve_ops;
use axum::Router;
use axum::routing::get;
use std::error::Error;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves `series` counters on an ephemeral port until standard input is closed.
///
/// Prints the address to standard output.
pub(crate) fn serve(subject: &Subject, series: usize) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let address: SocketAddr = ([127, 0, 0, 1], 0).into();
    let exporter = subject.exporter.ok_or("subject has no text encoder")?(Size { kind: Kind::Counter, series });
    (0..series).for_each(|series| exporter.make(series));
    let address = match subject.role {
        Role::Ops => runtime.block_on(serve_ops(address))?,
        _ => runtime.block_on(serve_on_axum(exporter.into(), address))?,
    };
    println!("{address}");
    io::stdin().read_to_end(&mut Vec::new())?;
    runtime.shutdown_background();
    Ok(())
}

async fn serve_on_axum(exporter: Arc<dyn Exporter>, address: SocketAddr) -> io::Result<SocketAddr> {
    let metrics = move || async move {
        let mut text = Vec::new();
        exporter.encode(&mut text);
        text
    };
    let router = Router::new().route("/metrics", get(metrics));
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(address)
}
