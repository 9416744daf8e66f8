//! The input of a handler and the future that it returns.

use super::AdminState;
use crate::admin::auth::Caller;
use crate::admin::http::ProblemDetails;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use std::pin::Pin;
use std::sync::Arc;

/// An admitted request, as a handler receives it.
pub(crate) struct RequestContext {
    pub(crate) state: Arc<AdminState>,
    pub(crate) caller: Caller,
    pub(crate) head: Parts,
    /// Body of a mutation; empty for other requests.
    pub(crate) body: Bytes,
}

/// The boxed future of a handler.
pub(crate) type HandlerFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Boxes the future of a handler.
pub(crate) fn respond<R: IntoResponse>(handler: impl Future<Output = R> + Send + 'static) -> HandlerFuture {
    Box::pin(async { handler.await.into_response() })
}

impl RequestContext {
    /// Extracts the path parameter `{name}`.
    ///
    /// # Errors
    /// 404 if it is not valid UTF-8.
    pub(crate) async fn name_in_path(&mut self) -> Result<String, ProblemDetails> {
        let name = Path::<String>::from_request_parts(&mut self.head, &()).await;
        name.map(|Path(name)| name).map_err(|_unreadable| ProblemDetails::not_found())
    }
}
