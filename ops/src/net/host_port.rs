//! Addresses of services: a host and a port.

use super::host::{Host, ZoneSyntax};
use super::port::port_to_connect_to;
use super::redact::without_user_info;
use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// The address of a service: a [`Host`] and a port from 1 to 65535.
///
/// Parsed from a string, or converted from a host with a port or from a [`SocketAddr`].
///
/// ```
/// use ops::net::HostPort;
///
/// let address: HostPort = "db.internal:5432".parse()?;
/// assert_eq!((address.host().to_string(), address.port()), ("db.internal".to_owned(), 5432));
/// assert_eq!(HostPort::try_from(("::1", 5432))?.to_string(), "[::1]:5432");
///
/// let error = "db.internal:543200".parse::<HostPort>().unwrap_err();
/// assert!(error.to_string().ends_with("`543200` is not a port; use a number between 1 and 65535"));
/// # Ok::<(), ops::net::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    host: Host,
    port: u16,
}

/// An invalid address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddressError {
    /// The rejected text, without anything that may be user information.
    pub address: String,
    /// The reason, and the remedy.
    pub reason: String,
}

impl HostPort {
    /// Returns the host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Creates an address. The port must not be 0.
    pub(super) fn new(host: Host, port: u16) -> HostPort {
        HostPort { host, port }
    }

    /// Parses an address, and its port with `port`.
    ///
    /// # Errors
    /// The reason `text` is invalid, and the remedy.
    pub(crate) fn parse_with(text: &str, port: impl Fn(&str) -> Result<u16, String>) -> Result<HostPort, String> {
        const NO_PORT: &str = "no port; write `host:port`, as in `127.0.0.1:9464`";
        if let Ok(address) = text.parse::<IpAddr>() {
            return Err(format!("no port; write `{}`", SocketAddr::new(address, 9464)));
        }
        let end = if text.starts_with('[') { text.find(']').map_or(text.len(), |end| end + 1) } else { 0 };
        let (host, rest) = match text[end..].rsplit_once(':') {
            Some((host, rest)) if end == 0 || host.is_empty() => (&text[..end + host.len()], rest),
            _ => return Err(NO_PORT.to_owned()),
        };
        if rest.is_empty() {
            return Err(NO_PORT.to_owned());
        }
        // The host is validated first: for a URL, its error is more helpful than that of the port.
        let host = Host::parse(host, ZoneSyntax::Plain)?;
        Ok(HostPort { host, port: port(rest)? })
    }

    /// Returns the socket address, or `None` if the host must be looked up.
    pub(crate) fn socket_addr(&self) -> Option<SocketAddr> {
        self.host.socket_addr(self.port)
    }

    /// Returns the host and port for the system's resolver.
    pub(crate) fn to_lookup(&self) -> (String, u16) {
        (self.host.to_lookup(), self.port)
    }
}

impl FromStr for HostPort {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<HostPort, AddressError> {
        let redacted = without_user_info(text);
        let parsed = HostPort::parse_with(text, port_to_connect_to);
        parsed.map_err(|reason| match text.contains('@') {
            // The reason could quote a part of the password.
            true => AddressError {
                address: redacted,
                reason: "user information is not allowed; write only `host:port`".to_owned(),
            },
            false => AddressError { address: redacted, reason },
        })
    }
}

impl TryFrom<&str> for HostPort {
    type Error = AddressError;

    fn try_from(text: &str) -> Result<HostPort, AddressError> {
        text.parse()
    }
}

impl TryFrom<String> for HostPort {
    type Error = AddressError;

    fn try_from(text: String) -> Result<HostPort, AddressError> {
        text.parse()
    }
}

impl TryFrom<&String> for HostPort {
    type Error = AddressError;

    fn try_from(text: &String) -> Result<HostPort, AddressError> {
        text.parse()
    }
}

impl TryFrom<(&str, u16)> for HostPort {
    type Error = AddressError;

    fn try_from((host, port): (&str, u16)) -> Result<HostPort, AddressError> {
        let is_v6 = host.contains(':') && !host.starts_with('[');
        let text = if is_v6 { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        text.parse()
    }
}

impl TryFrom<SocketAddr> for HostPort {
    type Error = AddressError;

    fn try_from(address: SocketAddr) -> Result<HostPort, AddressError> {
        let port = port_to_connect_to(&address.port().to_string());
        let port = port.map_err(|reason| AddressError { address: address.to_string(), reason })?;
        Ok(HostPort { host: Host::of_address(address), port })
    }
}

impl From<Infallible> for AddressError {
    fn from(never: Infallible) -> AddressError {
        match never {}
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid address `{}`: {}", self.address, self.reason)
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_round_trips() {
        for text in ["localhost:1", "192.0.2.7:65535", "[::1]:80", "[fe80::1%eth0]:80", "[fe80::1%2]:80"] {
            assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
        }
        for address in ["192.0.2.7:80", "[::1]:80", "[fe80::1%2]:80"] {
            let address: SocketAddr = address.parse().unwrap();
            let parsed = HostPort::try_from(address).unwrap();
            assert_eq!((parsed.to_string(), parsed.socket_addr()), (address.to_string(), Some(address)));
        }
        for (host, text) in [("::1", "[::1]:80"), ("[::1]", "[::1]:80"), ("a.b", "a.b:80")] {
            assert_eq!(HostPort::try_from((host, 80)).unwrap().to_string(), text);
        }
    }

    #[test]
    fn rejects_invalid_addresses_with_a_remedy() {
        let no_port = "no port; write `host:port`, as in `127.0.0.1:9464`";
        for (text, reason) in [
            ("", no_port),
            ("localhost", no_port),
            ("localhost:", no_port),
            ("[::1]", no_port),
            ("[::1]80", no_port),
            ("[::1", no_port),
            ("127.0.0.1", "no port; write `127.0.0.1:9464`"),
            ("::1", "no port; write `[::1]:9464`"),
            (":80", "no host; write a name or an address"),
            ("fe80::1:80", "no port; write `[fe80::1:80]:9464`"),
            ("1:2:3:4:5:6:7:8:80", "an IPv6 address requires brackets; write `[1:2:3:4:5:6:7:8]`"),
            ("localhost:94640", "`94640` is not a port; use a number between 1 and 65535"),
            ("localhost:0", "`0` is not a port; use a number between 1 and 65535"),
            ("localhost:http", "`http` is not a port; use a number between 1 and 65535"),
            (
                "http://localhost:80",
                "`http://localhost` is not a host; write a name of letters, digits, `-`, `_` and `.`, or an address",
            ),
        ] {
            let error = text.parse::<HostPort>().unwrap_err();
            assert_eq!((error.address.as_str(), error.reason.as_str()), (text, reason));
        }
        assert!(HostPort::try_from(("localhost:80", 80)).is_err() && HostPort::try_from(("", 80)).is_err());
    }

    #[test]
    fn errors_contain_no_password() {
        for text in ["alice:s3cret@localhost:80", "http://alice:s3cret@localhost:80"] {
            let error = text.parse::<HostPort>().unwrap_err();
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
