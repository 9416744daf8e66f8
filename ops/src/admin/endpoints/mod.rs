//! Request handlers.

pub(crate) mod audit;
pub(crate) mod catalog;
pub(crate) mod health;
pub(crate) mod health_events;
mod health_json;
pub(crate) mod info;
pub(crate) mod links;
pub(crate) mod metrics;
pub(crate) mod probes;
mod report_response;
pub(crate) mod whoami;

pub(crate) use info::INFO_SECTIONS;
