//! `/admin/health/events`: changes of health as server-sent events.

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

/// So many events wait to be sent before the next ones wait to be taken. A report may be long.
const WAITING: usize = 1;

/// A line is sent at least so often: who has gone is noticed, by the second one at the latest, and what stands between does
/// not close the connection.
const SILENCE: Duration = Duration::from_secs(5);

/// The present state as the event `report`, then each change as `change`. Whoever missed some is sent a `report` again.
pub(crate) async fn events(context: RequestContext) -> Result<Response, ProblemDetails> {
    let permits = context.state.event_streams.clone();
    let permit =
        permits.try_acquire_owned().map_err(|_full| ProblemDetails::busy("too many streams of events are open"))?;
    let (sender, receiver) = channel(WAITING);
    tokio::spawn(async move {
        tokio::select! {
            () = sender.closed() => {}
            () = context.state.shut_down() => {}
            () = tell(&context, &sender) => {}
        }
        drop(permit);
    });
    let mut response = Body::new(Events(receiver)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

async fn tell(context: &RequestContext, sender: &Sender<Bytes>) {
    let health = &context.state.config.health;
    let mut changes = health.changes();
    let mut sent = sender.send(event("report", &health.known())).await;
    while sent.is_ok() {
        sent = match timeout(SILENCE, changes.next_or_missed()).await {
            Ok(Ok(Some(change))) => sender.send(event("change", &change)).await,
            Ok(Ok(None)) => return,
            Ok(Err(_missed)) => sender.send(event("report", &health.known())).await,
            Err(_silence) => sender.send(Bytes::from_static(b":\n\n")).await,
        };
    }
}

fn event(name: &str, data: &impl Serialize) -> Bytes {
    // JSON has no line feed outside its strings, and writes those inside as two characters.
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}

/// A body of events.
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
