//! Network addresses of services: hosts, ports and URLs, and a connector to them.
//!
//! Values are validated when parsed: ports are in range, and hosts are unambiguous names or IP addresses. The user information of
//! a URL is never displayed.

mod connector;
mod happy_eyeballs;
mod host;
mod host_port;
mod percent;
mod port;
mod redact;
mod url;
mod user_info;

pub use connector::Connector;
pub use host::Host;
pub use host_port::{AddressError, HostPort};
pub use url::{Scheme, Url, UrlError};
pub use user_info::UserInfo;

pub(crate) use port::port_to_listen_on;
