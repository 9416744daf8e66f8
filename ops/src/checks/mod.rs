//! Ready-made checks of what services depend on: each is a function that makes what [`Health::register`] or
//! [`Health::register_blocking`] takes.
//!
//! | check | what it does | registered by | feature |
//! |---|---|---|---|
//! | [`tcp`] | connects | `register` | `checks` |
//! | [`http`] | sends a GET, and is healthy for a response of 200 to 399 | `register` | `checks` |
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
mod http;
mod http_exchange;
mod tcp;

pub use self::http::http;
#[cfg(feature = "certificate")]
pub use certificate::certificate;
pub use disk::disk;
pub use tcp::tcp;

pub use crate::net::{AddressError, UrlError};
