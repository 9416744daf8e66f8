//! `/admin/health/events`: health status changes as server-sent events.

use crate::admin::context::RequestContext;
use crate::admin::http::ProblemDetails;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde::Serialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

/// Maximum number of buffered events per stream. Small, because a report may be large.
const BUFFERED_EVENTS: usize = 1;

/// Interval of keep-alive comments.
///
/// They detect closed connections and keep proxies from closing idle ones.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Streams the current state as the event `report`, then each change as `change`.
///
/// A client that missed changes gets another `report`.
pub(crate) async fn events(context: RequestContext) -> Result<Response, ProblemDetails> {
    let permits = context.state.event_streams.clone();
    let permit = permits
        .try_acquire_owned()
        .map_err(|_full| ProblemDetails::busy("too many open event streams; retry after 1 s"))?;
    let (sender, receiver) = channel(BUFFERED_EVENTS);
    tokio::spawn(async move {
        tokio::select! {
            () = sender.closed() => {}
            () = context.state.wait_for_shutdown() => {}
            () = send_events(&context, &sender) => {}
        }
        drop(permit);
    });
    let mut response = Body::new(Events(receiver)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

async fn send_events(context: &RequestContext, sender: &Sender<Bytes>) {
    let health = &context.state.config.health;
    let mut changes = health.changes();
    let mut sent = sender.send(event("report", &health.known())).await;
    while sent.is_ok() {
        sent = match timeout(KEEP_ALIVE, changes.next_or_missed()).await {
            Ok(Ok(Some(change))) => sender.send(event("change", &change)).await,
            Ok(Ok(None)) => return,
            Ok(Err(_missed)) => sender.send(event("report", &health.known())).await,
            Err(_elapsed) => sender.send(Bytes::from_static(b":\n\n")).await,
        };
    }
}

fn event(name: &str, data: &impl Serialize) -> Bytes {
    // Compact JSON contains no line feeds: those in strings are escaped.
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}

/// A response body of server-sent events.
struct Events(Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
