//! Addresses to listen on.

use super::ListenError;
#[cfg(unix)]
use super::UnixSocket;
use crate::net::{HostPort, port_to_listen_on};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
#[cfg(unix)]
use std::path::Path;

/// The address that a server listens on.
///
/// Converts from a [`SocketAddr`], a port (on `127.0.0.1`), a host or IP address with a port, or a string: `"127.0.0.1:9464"`,
/// `"[::1]:9464"`, `"localhost:9464"`, or `"9464"` for a port of `127.0.0.1`. Port 0 requests any free port. On Unix,
/// `unix:` and a path is a Unix socket to which only the user of the process can connect; use [`UnixSocket`] to allow a group.
///
/// `":9464"` is rejected, because other programs interpret it as all interfaces. Write `"0.0.0.0:9464"` for that.
///
/// ```
/// use ops::Address;
///
/// assert_eq!(Address::from(9464).to_string(), "127.0.0.1:9464");
/// assert_eq!(Address::from(("0.0.0.0", 9464)).to_string(), "0.0.0.0:9464");
/// assert_eq!(Address::from("localhost:9464").to_string(), "localhost:9464");
/// assert_eq!(Address::from("unix:/run/app/ops.sock").to_string(), "unix:/run/app/ops.sock");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Repr);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Repr {
    Socket(SocketAddr),
    Name(HostPort),
    #[cfg(unix)]
    UnixSocket(UnixSocket),
    /// An invalid address, rejected by [`Api::bind`](crate::Api::bind).
    Invalid {
        text: String,
        reason: String,
    },
}

impl Address {
    /// Resolves the address, IPv4 first. DNS lookups do not block the current thread.
    ///
    /// # Errors
    /// [`ListenError::Address`] if it is invalid, or its host cannot be resolved.
    pub(super) async fn resolve(&self) -> Result<Vec<ListenTarget>, ListenError> {
        match &self.0 {
            Repr::Socket(address) => Ok(vec![ListenTarget::Socket(*address)]),
            #[cfg(unix)]
            Repr::UnixSocket(socket) => Ok(vec![ListenTarget::UnixSocket(socket.clone())]),
            Repr::Invalid { reason, .. } => Err(ListenError::Address(reason.clone())),
            Repr::Name(name) => {
                let host = name.host();
                let found = tokio::net::lookup_host(name.to_lookup()).await;
                let failed = |error| ListenError::Address(format!("cannot resolve `{host}`: {error}"));
                let mut addresses: Vec<_> = found.map_err(failed)?.collect();
                addresses.sort_by_key(SocketAddr::is_ipv6);
                if addresses.is_empty() {
                    return Err(ListenError::Address(format!("`{host}` has no address")));
                }
                Ok(addresses.into_iter().map(ListenTarget::Socket).collect())
            }
        }
    }

    /// Returns the socket address, or `None` for a host name or path.
    pub(crate) fn socket(&self) -> Option<SocketAddr> {
        match &self.0 {
            Repr::Socket(address) => Some(*address),
            _ => None,
        }
    }
}

/// A resolved address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListenTarget {
    Socket(SocketAddr),
    #[cfg(unix)]
    UnixSocket(UnixSocket),
}

/// Parses an address. The error is the reason and the remedy.
fn parse(text: &str) -> Result<Repr, String> {
    #[cfg(unix)]
    if let Some(path) = text.strip_prefix("unix:") {
        return match path {
            "" => Err("no path; write `unix:` and a path, as in `unix:/run/app/ops.sock`".to_owned()),
            path => Ok(Repr::UnixSocket(UnixSocket::new(path))),
        };
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Repr::Socket((Ipv4Addr::LOCALHOST, port_to_listen_on(text)?).into()));
    }
    if let Some(port) = text.strip_prefix(':').filter(|port| !port.is_empty() && !port.contains(':')) {
        let port = port_to_listen_on(port)?;
        return Err(format!(
            "no host; write `127.0.0.1:{port}` for this machine alone, or `0.0.0.0:{port}` for all interfaces"
        ));
    }
    parse_host_port(text)
}

fn parse_host_port(text: &str) -> Result<Repr, String> {
    let name = HostPort::parse_with(text, port_to_listen_on)?;
    Ok(name.socket_addr().map_or(Repr::Name(name), Repr::Socket))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Socket(address) => address.fmt(f),
            Repr::Name(name) => name.fmt(f),
            #[cfg(unix)]
            Repr::UnixSocket(socket) => write!(f, "unix:{}", socket.path().display()),
            Repr::Invalid { text, .. } => f.write_str(text),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Address(Repr::Socket(address))
    }
}

#[cfg(unix)]
impl From<&Path> for Address {
    /// Creates the address of the Unix socket at this path.
    fn from(path: &Path) -> Self {
        UnixSocket::new(path).into()
    }
}

#[cfg(unix)]
impl From<UnixSocket> for Address {
    fn from(socket: UnixSocket) -> Self {
        Address(Repr::UnixSocket(socket))
    }
}

impl From<(IpAddr, u16)> for Address {
    fn from(address: (IpAddr, u16)) -> Self {
        Address(Repr::Socket(address.into()))
    }
}

impl From<(Ipv4Addr, u16)> for Address {
    fn from(address: (Ipv4Addr, u16)) -> Self {
        Address(Repr::Socket(address.into()))
    }
}

impl From<(Ipv6Addr, u16)> for Address {
    fn from(address: (Ipv6Addr, u16)) -> Self {
        Address(Repr::Socket(address.into()))
    }
}

impl From<(&str, u16)> for Address {
    /// Creates an address from a host and a port. IPv6 addresses need no brackets.
    fn from((host, port): (&str, u16)) -> Self {
        if let Ok(address) = host.parse::<IpAddr>() {
            return (address, port).into();
        }
        let text = format!("{host}:{port}");
        Address(parse_host_port(&text).unwrap_or_else(|reason| Repr::Invalid { text, reason }))
    }
}

impl From<(String, u16)> for Address {
    fn from((host, port): (String, u16)) -> Self {
        (host.as_str(), port).into()
    }
}

impl From<u16> for Address {
    fn from(port: u16) -> Self {
        Address(Repr::Socket((Ipv4Addr::LOCALHOST, port).into()))
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Address(parse(text).unwrap_or_else(|reason| Repr::Invalid { text: text.to_owned(), reason }))
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Address {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Error;

    #[tokio::test]
    async fn resolves_strings_and_ports() {
        for (address, resolved) in [
            (Address::from("127.0.0.1:9464"), "127.0.0.1:9464"),
            (Address::from("[::1]:9464"), "[::1]:9464"),
            (Address::from("0.0.0.0:0"), "0.0.0.0:0"),
            (Address::from("9464"), "127.0.0.1:9464"),
            (Address::from(9464), "127.0.0.1:9464"),
            (Address::from((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 1)), "0.0.0.0:1"),
            (Address::from((Ipv4Addr::LOCALHOST, 1)), "127.0.0.1:1"),
            (Address::from((Ipv6Addr::LOCALHOST, 1)), "[::1]:1"),
            (Address::from(("0.0.0.0", 9464)), "0.0.0.0:9464"),
            (Address::from(("::1", 9464)), "[::1]:9464"),
            (Address::from(("[::1]".to_owned(), 9464)), "[::1]:9464"),
            (Address::from("[fe80::1%2]:9464"), "[fe80::1%2]:9464"),
        ] {
            assert_eq!(
                address.resolve().await.unwrap(),
                [ListenTarget::Socket(resolved.parse().unwrap())],
                "{address}"
            );
        }
        let localhost = Address::from("localhost:9464").resolve().await.unwrap();
        assert_eq!(localhost[0], ListenTarget::Socket("127.0.0.1:9464".parse().unwrap()), "IPv4 first");
        #[cfg(unix)]
        assert_eq!(
            Address::from("unix:a/b c").resolve().await.unwrap(),
            [ListenTarget::UnixSocket(UnixSocket::new("a/b c"))]
        );
    }

    #[tokio::test]
    async fn rejects_invalid_addresses_with_a_remedy() {
        for (text, reason) in [
            ("", "no port; write `host:port`, as in `127.0.0.1:9464`"),
            #[cfg(unix)]
            ("unix:", "no path; write `unix:` and a path, as in `unix:/run/app/ops.sock`"),
            ("localhost", "no port; write `host:port`, as in `127.0.0.1:9464`"),
            ("127.0.0.1", "no port; write `127.0.0.1:9464`"),
            ("::1", "no port; write `[::1]:9464`"),
            ("127.0.0.1:", "no port; write `host:port`, as in `127.0.0.1:9464`"),
            (":", "no port; write `host:port`, as in `127.0.0.1:9464`"),
            (":9464", "no host; write `127.0.0.1:9464` for this machine alone, or `0.0.0.0:9464` for all interfaces"),
            (":94640", "`94640` is not a port; use a number between 0 and 65535"),
            ("94640", "`94640` is not a port; use a number between 0 and 65535"),
            ("localhost:http", "`http` is not a port; use a number between 0 and 65535"),
            ("127.0.0.1:65536", "`65536` is not a port; use a number between 0 and 65535"),
            ("127.0.0.1:+1", "`+1` is not a port; use a number between 0 and 65535"),
            ("127.1:80", "`127.1` is neither a name nor an IPv4 address; write it as in `127.0.0.1`"),
            (
                "http://localhost:80",
                "`http://localhost` is not a host; write a name of letters, digits, `-`, `_` and `.`, or an address",
            ),
        ] {
            let address = Address::from(text);
            let error = Error::from_listen(address.resolve().await.unwrap_err(), &address);
            assert_eq!(error.to_string(), format!("cannot listen on `{text}`: {reason}"));
        }
    }
}
