//! The address of a client, as used by limits and the audit log.

use axum::http::request::Parts;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The address of the client of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ClientAddr {
    /// A process on this machine, connected over a Unix socket.
    Local,
    /// An IP address, in canonical form.
    Ip(IpAddr),
}

impl ClientAddr {
    /// Creates a client address. An IPv4-mapped IPv6 address becomes its IPv4 address.
    pub(crate) fn new(address: IpAddr) -> ClientAddr {
        ClientAddr::Ip(address.to_canonical())
    }

    /// Returns the client address of a request, or `Local` if it has none, as in tests.
    pub(crate) fn of(head: &Parts) -> ClientAddr {
        head.extensions.get().copied().unwrap_or(ClientAddr::Local)
    }

    /// Returns the IP address; `None` on a Unix socket.
    pub(crate) fn ip(self) -> Option<IpAddr> {
        match self {
            ClientAddr::Local => None,
            ClientAddr::Ip(address) => Some(address),
        }
    }

    /// Returns the network of the client, which limits count as one client.
    ///
    /// The network of an IPv6 address is its /64, as one host typically controls all of those addresses.
    pub(crate) fn network(self) -> ClientAddr {
        match self {
            ClientAddr::Ip(IpAddr::V6(address)) => {
                let network = address.to_bits() & (u128::MAX << 64);
                ClientAddr::Ip(IpAddr::V6(Ipv6Addr::from_bits(network)))
            }
            other => other,
        }
    }

    /// Returns `true` for a Unix socket and for loopback addresses.
    pub(crate) fn is_local(self) -> bool {
        match self {
            ClientAddr::Local => true,
            ClientAddr::Ip(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for ClientAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientAddr::Local => f.write_str("local"),
            ClientAddr::Ip(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_network_is_the_64_prefix_and_mapped_addresses_become_ipv4() {
        for (address, network, local) in [
            ("192.0.2.7", "192.0.2.7", false),
            ("::ffff:192.0.2.7", "192.0.2.7", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("::ffff:127.0.0.1", "127.0.0.1", true),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", false),
            ("::1", "::", true),
        ] {
            let peer = ClientAddr::new(address.parse().unwrap());
            assert_eq!((peer.network().to_string().as_str(), peer.is_local()), (network, local), "{address}");
        }
    }
}
