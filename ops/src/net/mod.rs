//! Addresses of services: hosts, ports and URLs that are parsed once, and connections to them.
//!
//! What has been parsed cannot be out of range, ambiguous or misread later: a port is one, a host is a name or an address, and
//! user information of a URL is shown nowhere.

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
