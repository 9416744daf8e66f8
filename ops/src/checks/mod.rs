//! Ready-made checks of what services depend on: each is a function that makes what [`Health::register`] or
//! [`Health::register_blocking`] takes.
//!
//! | check | what it does | registered by | feature |
//! |---|---|---|---|
//! | [`tcp`] | connects | `register` | `checks` |
//! | [`http`] | sends a GET, and takes 200 to 399 for an answer | `register` | `checks` |
//! | [`disk`] | looks how much room is left | `register_blocking` | `checks` |
//! | `certificate` | looks when a certificate expires | `register_blocking` | `certificate` |
//!
//! Checks of databases are crates of their own: `ops-sqlx` and `ops-redis`.
//!
//! [`Health::register`]: crate::Health::register
//! [`Health::register_blocking`]: crate::Health::register_blocking

#[cfg(feature = "certificate")]
mod certificate;
mod disk;
mod host_port;
mod http;
mod tcp;

pub use self::http::{UrlError, http};
#[cfg(feature = "certificate")]
pub use certificate::certificate;
pub use disk::disk;
pub use tcp::tcp;
