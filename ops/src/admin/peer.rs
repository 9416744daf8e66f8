//! Who is at the other end of a connection, as far as limits tell callers apart.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    /// A program on this machine, over a Unix socket.
    Local,
    /// A machine, or this one.
    Address(IpAddr),
}

impl Peer {
    /// The peer at `address`.
    pub(crate) fn at(address: IpAddr) -> Peer {
        Peer::Address(address.to_canonical())
    }

    /// Whom limits count together: one who has an IPv6 address has 2⁶⁴ of them.
    pub(crate) fn network(self) -> Peer {
        match self {
            Peer::Address(IpAddr::V6(address)) => {
                let network = address.to_bits() & (u128::MAX << 64);
                Peer::Address(IpAddr::V6(Ipv6Addr::from_bits(network)))
            }
            other => other,
        }
    }

    /// Whether it is on this machine.
    pub(crate) fn is_local(self) -> bool {
        match self {
            Peer::Local => true,
            Peer::Address(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Local => f.write_str("local"),
            Peer::Address(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_counts_as_one_and_a_mapped_address_as_what_it_maps() {
        for (address, network, local) in [
            ("192.0.2.7", "192.0.2.7", false),
            ("::ffff:192.0.2.7", "192.0.2.7", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("::ffff:127.0.0.1", "127.0.0.1", true),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", false),
            ("::1", "::", true),
        ] {
            let peer = Peer::at(address.parse().unwrap());
            assert_eq!((peer.network().to_string().as_str(), peer.is_local()), (network, local), "{address}");
        }
    }
}
