//! Hosts: names and IP addresses.

use super::redact::without_user_info;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Maximum length of a host name in bytes (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 253;

/// Maximum length of a label of a host name in bytes.
const MAX_LABEL: usize = 63;

/// The host of a service: a name, an IPv4 address, or an IPv6 address with or without a zone.
///
/// Created by parsing a [`HostPort`](super::HostPort) or a [`Url`](super::Url). `Display` formats it as in a URL, with IPv6
/// addresses in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host(HostKind);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum HostKind {
    Name(String),
    V4(Ipv4Addr),
    V6 { address: Ipv6Addr, zone: Option<String> },
}

/// The separator between an IPv6 address and its zone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ZoneSyntax {
    /// After `%`, as in `fe80::1%eth0` (RFC 4007).
    Plain,
    /// After `%25`, as in a URL (RFC 6874). `%` is also accepted, as most clients do.
    Url,
}

impl Host {
    /// Parses a host: a name, an IPv4 address, or an IPv6 address in brackets.
    ///
    /// # Errors
    /// The reason `text` is invalid, and the remedy.
    pub(super) fn parse(text: &str, syntax: ZoneSyntax) -> Result<Host, String> {
        if let Some(rest) = text.strip_prefix('[') {
            let inner = rest.strip_suffix(']').ok_or("no `]` after the IPv6 address; write it as in `[::1]`")?;
            return Host::v6(inner, syntax);
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(format!("an IPv6 address requires brackets; write `[{text}]`"));
        }
        if let Ok(address) = text.parse() {
            return Ok(Host(HostKind::V4(address)));
        }
        Host::name(text)
    }

    fn v6(text: &str, syntax: ZoneSyntax) -> Result<Host, String> {
        let (address, zone) = match text.split_once('%') {
            None => (text, None),
            Some((address, zone)) => {
                let zone = zone
                    .strip_prefix("25")
                    .filter(|rest| syntax == ZoneSyntax::Url && !rest.is_empty())
                    .unwrap_or(zone);
                (address, Some(zone))
            }
        };
        let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~');
        if zone.is_some_and(|zone| zone.is_empty() || !zone.chars().all(is_legal)) {
            return Err("invalid zone of an IPv6 address; write it as in `[fe80::1%25eth0]`".to_owned());
        }
        let address = address.parse().map_err(|_error| {
            format!("`{}` is not an IPv6 address; write one in the brackets, as in `[::1]`", address.escape_debug())
        })?;
        Ok(Host(HostKind::V6 { address, zone: zone.map(str::to_owned) }))
    }

    /// Parses a host name.
    ///
    /// Rejects names that a resolver may parse as IPv4 addresses, such as `127.1` or `0x7f.1`.
    fn name(text: &str) -> Result<Host, String> {
        let redacted = || without_user_info(text);
        if text.is_empty() {
            return Err("no host; write a name or an address".to_owned());
        }
        if !text.is_ascii() {
            return Err(format!(
                "host `{}` is not ASCII; write its name in Punycode, as in `xn--bcher-kva`",
                redacted()
            ));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_label = |label: &str| (1..=MAX_LABEL).contains(&label.len()) && label.chars().all(is_legal);
        if name.len() > MAX_NAME || !name.split('.').all(is_label) {
            return Err(format!(
                "`{}` is not a host; write a name of letters, digits, `-`, `_` and `.`, or an address",
                redacted()
            ));
        }
        if is_number(name.rsplit('.').next().unwrap_or_default()) {
            return Err(format!("`{}` is neither a name nor an IPv4 address; write it as in `127.0.0.1`", redacted()));
        }
        Ok(Host(HostKind::Name(text.to_owned())))
    }

    /// Returns the host of an IP address.
    pub(super) fn of_address(address: SocketAddr) -> Host {
        match address {
            SocketAddr::V4(address) => Host(HostKind::V4(*address.ip())),
            SocketAddr::V6(address) => {
                let zone = (address.scope_id() != 0).then(|| address.scope_id().to_string());
                Host(HostKind::V6 { address: *address.ip(), zone })
            }
        }
    }

    /// Returns the IP address with `port`, or `None` if the host or its zone must be looked up.
    pub(super) fn socket_addr(&self, port: u16) -> Option<SocketAddr> {
        match &self.0 {
            HostKind::Name(_) => None,
            HostKind::V4(address) => Some((*address, port).into()),
            HostKind::V6 { address, zone } => {
                let scope = zone.as_deref().map_or(Some(0), |zone| zone.parse().ok())?;
                Some(SocketAddrV6::new(*address, port, 0, scope).into())
            }
        }
    }

    /// Returns the IP address, without its zone, or `None` for a name.
    pub fn ip(&self) -> Option<IpAddr> {
        match &self.0 {
            HostKind::Name(_) => None,
            HostKind::V4(address) => Some((*address).into()),
            HostKind::V6 { address, .. } => Some((*address).into()),
        }
    }

    /// Formats the host for the system's resolver: without brackets, but with a zone.
    pub(super) fn to_lookup(&self) -> String {
        match &self.0 {
            HostKind::Name(name) => name.clone(),
            HostKind::V4(address) => address.to_string(),
            HostKind::V6 { address, zone: None } => address.to_string(),
            HostKind::V6 { address, zone: Some(zone) } => format!("{address}%{zone}"),
        }
    }

    /// Formats the host for the `Host` header.
    ///
    /// The zone is omitted, because it is local to this machine (RFC 6874, section 4).
    pub(super) fn to_header(&self) -> String {
        match &self.0 {
            HostKind::V6 { address, .. } => format!("[{address}]"),
            _ => self.to_lookup(),
        }
    }

    /// Returns the name or IP address for certificate verification, without brackets and zone.
    pub fn to_server_name(&self) -> String {
        self.ip().map_or_else(|| self.to_lookup(), |address| address.to_string())
    }
}

/// Returns `true` if a resolver may parse `label` as part of an IPv4 address.
fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    label.bytes().all(|byte| byte.is_ascii_digit())
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            HostKind::V6 { .. } => write!(f, "[{}]", self.to_lookup()),
            _ => f.write_str(&self.to_lookup()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Host, String> {
        Host::parse(text, ZoneSyntax::Url)
    }

    #[test]
    fn parses_names_and_addresses() {
        for text in ["localhost", "ops.example", "ops.example.", "a_b-c.1a", "192.0.2.7", "[::1]", "[::ffff:192.0.2.7]"]
        {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse("[0:0::1]").unwrap().to_string(), "[::1]");
        assert_eq!(parse("[::1]").unwrap().socket_addr(80), Some("[::1]:80".parse().unwrap()));
    }

    #[test]
    fn zones_are_used_for_lookup_only() {
        for text in ["[fe80::1%25eth0]", "[fe80::1%eth0]"] {
            let host = parse(text).unwrap();
            assert_eq!(host.to_lookup(), "fe80::1%eth0");
            assert_eq!((host.to_header(), host.to_server_name()), ("[fe80::1]".to_owned(), "fe80::1".to_owned()));
            assert_eq!(host.socket_addr(80), None);
        }
        assert_eq!(parse("[fe80::1%252]").unwrap().socket_addr(80), Some("[fe80::1%2]:80".parse().unwrap()));
        assert_eq!(Host::parse("[fe80::1%25]", ZoneSyntax::Plain).unwrap().to_lookup(), "fe80::1%25");
    }

    #[test]
    fn rejects_ambiguous_and_invalid_hosts() {
        for text in ["127.1", "2130706433", "0x7f.1", "0x7f000001", "256.0.0.1", "127.0.0.01", "1.2.3.4.5", "a.1."] {
            let error = parse(text).unwrap_err();
            assert!(error.ends_with("is neither a name nor an IPv4 address; write it as in `127.0.0.1`"), "{error}");
        }
        let long = format!("{}.example", "a".repeat(64));
        for text in [
            "",
            ".",
            "a..b",
            ".a",
            "a b",
            "a/b",
            "a@b",
            "a:b",
            "a%41",
            "bücher",
            "::1",
            "[::1",
            "[]",
            "[127.0.0.1]",
            "[fe80::1%]",
            "[fe80::1%a b]",
            "[::1]]",
            &long,
            &"a.".repeat(200),
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
        assert_eq!(parse("::1").unwrap_err(), "an IPv6 address requires brackets; write `[::1]`");
    }
}
