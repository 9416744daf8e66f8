//! The admin API: probes, metrics and operations over HTTP.
//!
//! Every request takes the same path: [`Responder`] enforces the timeout, catches panics and sets common response headers;
//! [`router`] looks up the route in the table of [`routes`] and authorizes the caller with [`auth`]; a handler in
//! [`endpoints`] responds. The layers, bottom up: [`config`], [`limits`], [`http`], [`auth`], [`reload`], [`context`],
//! [`endpoints`].

mod auth;
mod background;
mod config;
mod context;
mod endpoints;
mod http;
mod limits;
mod reload;
mod responder;
mod router;
mod routes;

pub use config::{Introspector, Limits};

#[cfg(fuzzing)]
pub(crate) use auth::Credentials;
pub(crate) use auth::{Exposure, is_host_name};
pub(crate) use background::spawn_background_tasks;
pub(crate) use config::ApiConfig;
pub(crate) use context::AdminState;
pub(crate) use endpoints::INFO_SECTIONS;
pub(crate) use limits::ClientAddr;
pub(crate) use responder::Responder;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{RouteAccess, TableRow, table};
