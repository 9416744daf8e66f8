//! The addresses that a server can be given.

use super::ListenError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
#[cfg(unix)]
use std::path::{Path, PathBuf};

/// Where a server listens.
///
/// Made from a [`SocketAddr`], a port (on `127.0.0.1`), an address with a port, or a text: `"127.0.0.1:9464"`,
/// `"[::1]:9464"`, `"localhost:9464"`, and `"9464"` or `":9464"` for a port of `127.0.0.1`. Port 0 is one that is free.
/// On Unix, a path after `unix:` is a socket that only the user of the process may connect to.
///
/// ```
/// use ops::Address;
///
/// assert_eq!(Address::from(9464).to_string(), "127.0.0.1:9464");
/// assert_eq!(Address::from("localhost:9464").to_string(), "localhost:9464");
/// assert_eq!(Address::from("unix:/run/app/ops.sock").to_string(), "unix:/run/app/ops.sock");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Repr);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Repr {
    Socket(SocketAddr),
    Text(String),
}

impl Address {
    /// Resolves the address, IPv4 first.
    ///
    /// # Errors
    /// [`ListenError::Address`] if it is invalid or has no address.
    pub(super) async fn resolve(&self) -> Result<Vec<ListenTarget>, ListenError> {
        let text = match &self.0 {
            Repr::Socket(address) => return Ok(vec![ListenTarget::Socket(*address)]),
            Repr::Text(text) => text,
        };
        match parse(text).map_err(ListenError::Address)? {
            Parsed::Socket(address) => Ok(vec![ListenTarget::Socket(address)]),
            #[cfg(unix)]
            Parsed::UnixSocket(path) => Ok(vec![ListenTarget::UnixSocket(path.into())]),
            Parsed::Name { host, port } => {
                let found = tokio::net::lookup_host((host, port)).await;
                let failed = |error| ListenError::Address(format!("`{host}` cannot be looked up: {error}"));
                let mut addresses: Vec<_> = found.map_err(failed)?.collect();
                addresses.sort_by_key(SocketAddr::is_ipv6);
                if addresses.is_empty() {
                    return Err(ListenError::Address(format!("`{host}` has no address")));
                }
                Ok(addresses.into_iter().map(ListenTarget::Socket).collect())
            }
        }
    }

    /// The address of a socket; `None` of a name or a path.
    pub(crate) fn socket(&self) -> Option<SocketAddr> {
        match &self.0 {
            Repr::Socket(address) => Some(*address),
            Repr::Text(_) => None,
        }
    }
}

/// What an address resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListenTarget {
    Socket(SocketAddr),
    #[cfg(unix)]
    UnixSocket(PathBuf),
}

#[derive(Debug, PartialEq, Eq)]
enum Parsed<'a> {
    Socket(SocketAddr),
    #[cfg(unix)]
    UnixSocket(&'a str),
    Name {
        host: &'a str,
        port: u16,
    },
}

/// Reads an address; an error says what to write instead.
fn parse(text: &str) -> Result<Parsed<'_>, String> {
    if let Ok(address) = text.parse() {
        return Ok(Parsed::Socket(address));
    }
    #[cfg(unix)]
    if let Some(path) = text.strip_prefix("unix:") {
        return match path {
            "" => Err("it has no path: write `unix:` and a path, as in `unix:/run/app/ops.sock`".to_owned()),
            path => Ok(Parsed::UnixSocket(path)),
        };
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Err(format!("it has no port: write `{}`", SocketAddr::new(address, 9464)));
    }
    let (host, port) = text.rsplit_once(':').unwrap_or(if is_digits(text) { ("", text) } else { (text, "") });
    if port.is_empty() {
        return Err("it has no port: write `host:port`, as in `127.0.0.1:9464`".to_owned());
    }
    let port = match port.parse::<u16>() {
        Ok(number) if is_digits(port) => number,
        _ => return Err(format!("`{}` is not a port: use 0 to 65535", port.escape_debug())),
    };
    if host.is_empty() {
        return Ok(Parsed::Socket((Ipv4Addr::LOCALHOST, port).into()));
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !host.chars().all(is_name) {
        return Err(
            "it is not `host:port`: write a name or an address, then `:` and a port, as in `127.0.0.1:9464`".into()
        );
    }
    Ok(Parsed::Name { host, port })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Socket(address) => address.fmt(f),
            Repr::Text(text) => f.write_str(text),
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
    /// The Unix socket at this path.
    fn from(path: &Path) -> Self {
        Address(Repr::Text(format!("unix:{}", path.display())))
    }
}

impl From<(IpAddr, u16)> for Address {
    fn from(address: (IpAddr, u16)) -> Self {
        Address(Repr::Socket(address.into()))
    }
}

impl From<u16> for Address {
    fn from(port: u16) -> Self {
        Address(Repr::Socket((Ipv4Addr::LOCALHOST, port).into()))
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Address(Repr::Text(text.to_owned()))
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        Address(Repr::Text(text))
    }
}

impl From<&String> for Address {
    fn from(text: &String) -> Self {
        Address(Repr::Text(text.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Error;

    #[tokio::test]
    async fn texts_and_ports_stand_for_addresses() {
        for (address, resolved) in [
            (Address::from("127.0.0.1:9464"), "127.0.0.1:9464"),
            (Address::from("[::1]:9464"), "[::1]:9464"),
            (Address::from("0.0.0.0:0"), "0.0.0.0:0"),
            (Address::from("9464"), "127.0.0.1:9464"),
            (Address::from(":9464"), "127.0.0.1:9464"),
            (Address::from(9464), "127.0.0.1:9464"),
            (Address::from((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 1)), "0.0.0.0:1"),
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
        assert_eq!(Address::from("unix:a/b c").resolve().await.unwrap(), [ListenTarget::UnixSocket("a/b c".into())]);
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused_with_what_to_write() {
        for (text, sentence) in [
            ("", "cannot listen on ``: it has no port: write `host:port`, as in `127.0.0.1:9464`"),
            #[cfg(unix)]
            (
                "unix:",
                "cannot listen on `unix:`: it has no path: write `unix:` and a path, as in `unix:/run/app/ops.sock`",
            ),
            ("localhost", "cannot listen on `localhost`: it has no port: write `host:port`, as in `127.0.0.1:9464`"),
            ("127.0.0.1", "cannot listen on `127.0.0.1`: it has no port: write `127.0.0.1:9464`"),
            ("::1", "cannot listen on `::1`: it has no port: write `[::1]:9464`"),
            ("127.0.0.1:", "cannot listen on `127.0.0.1:`: it has no port: write `host:port`, as in `127.0.0.1:9464`"),
            ("localhost:http", "cannot listen on `localhost:http`: `http` is not a port: use 0 to 65535"),
            ("127.0.0.1:65536", "cannot listen on `127.0.0.1:65536`: `65536` is not a port: use 0 to 65535"),
            ("127.0.0.1:+1", "cannot listen on `127.0.0.1:+1`: `+1` is not a port: use 0 to 65535"),
            (
                "http://localhost:80",
                "cannot listen on `http://localhost:80`: it is not `host:port`: write a name or an address, then `:` and a \
                 port, as in `127.0.0.1:9464`",
            ),
        ] {
            let address = Address::from(text);
            let error = Error::from_listen(address.resolve().await.unwrap_err(), &address);
            assert_eq!(error.to_string(), sentence, "{text:?}");
        }
    }
}
