//! What an API is configured with, before it has an address.

mod api_config;
mod introspector;
mod limits;

pub use introspector::Introspector;
pub use limits::Limits;

pub(crate) use api_config::ApiConfig;
