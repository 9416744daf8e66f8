//! The admin API: probes, metrics and operations over HTTP.
//!
//! Every request takes the same path. [`Responder`] bounds its time, catches panics and sets the headers of every response;
//! [`router`] finds the route in the table of [`routes`] and has [`auth`] decide who may use it; the handler in [`endpoints`]
//! answers. The folders form layers: [`config`], [`limits`], [`http`], [`auth`], [`reload`], [`context`], [`endpoints`].

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
