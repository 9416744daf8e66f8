//! HTTP servers of the health rows: `ops` with several kinds of checks, and bare hyper.

use crate::row::Probe;
use crate::subject::{Role, Subject};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use ops::{Api, Health};
use std::convert::Infallible;
use std::error::Error;
use std::hint::spin_loop;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// Serves the probed endpoint on an ephemeral port until standard input is closed.
///
/// Prints the address to standard output.
pub(crate) fn serve(probe: Probe, subject: &Subject) -> Result<(), Box<dyn Error>> {
    let workers = 2;
    let runtime = Builder::new_multi_thread().worker_threads(workers).enable_all().build()?;
    let address = match subject.role {
        Role::Limit => serve_bare_hyper()?,
        _ => runtime.block_on(serve_ops(probe))?,
    };
    if probe == Probe::Spinning {
        for _ in 0..workers {
            runtime.spawn(async {
                loop {
                    spin_loop();
                }
            });
        }
    }
    println!("{address}");
    io::stdin().read_to_end(&mut Vec::new())?;
    runtime.shutdown_background();
    Ok(())
}

async fn serve_ops(probe: Probe) -> Result<SocketAddr, ops::Error> {
    let health = Health::new();
    match probe {
        Probe::Quick => (0..100).for_each(|check| register_quick(&health, check)),
        Probe::Hung => health.register("hung", |_context| std::future::pending::<()>()),
        Probe::Rate | Probe::HungGrowth | Probe::Spinning => {}
    }
    let server = Api::builder().health(health).build()?.bind("127.0.0.1:0").await?;
    let address = server.local_addr();
    // A spawned server is not stopped when its handle is dropped.
    server.spawn();
    Ok(address)
}

/// Registers a check that fails if it runs concurrently with itself.
fn register_quick(health: &Health, number: usize) {
    let running = Arc::new(AtomicU32::new(0));
    health.register(format!("quick-{number}"), move |_context| {
        let running = running.clone();
        async move {
            let others = running.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            running.fetch_sub(1, Ordering::SeqCst);
            others == 0
        }
    });
}

/// Starts a bare hyper server on a dedicated thread with its own runtime, as `ops` does.
fn serve_bare_hyper() -> io::Result<SocketAddr> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        runtime.block_on(async {
            while let Ok((stream, _peer)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(ok)));
            }
        });
    });
    Ok(address)
}

async fn ok(_request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"ok\n")));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(response)
}
