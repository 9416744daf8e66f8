//! Configuration of an API: what the builder sets, including the resource limits.

mod api_config;
mod introspector;
mod limits;

pub use introspector::Introspector;
pub use limits::Limits;

pub(crate) use api_config::ApiConfig;
