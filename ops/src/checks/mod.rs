//! Ready-made health checks for common dependencies.
//!
//! Each function returns a check for [`Health::register`] or [`Health::register_blocking`].
//!
//! | check | succeeds if | registered by | feature |
//! |---|---|---|---|
//! | [`tcp`] | a TCP connection is established | `register` | `checks` |
//! | [`http`] | a GET request is answered with status 200 to 399 | `register` | `checks` |
//! | [`disk`] | enough disk space is available | `register_blocking` | `checks` |
//! | `certificate` | a certificate file is valid and does not expire soon | `register_blocking` | `certificate` |
//!
//! Database checks are separate crates: `ops-sqlx` and `ops-redis`.
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
