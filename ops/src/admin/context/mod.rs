//! Context of handlers: the request, its caller, and the state of the server.
//!
//! This layer does not depend on the endpoints.

mod admin_state;
mod request_context;
mod route_info;

pub(crate) use admin_state::AdminState;
pub(crate) use request_context::{HandlerFuture, RequestContext, respond};
pub(crate) use route_info::RouteInfo;
