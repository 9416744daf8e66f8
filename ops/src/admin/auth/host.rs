//! `Host` header checks, which protect against DNS rebinding.

use crate::admin::http::ProblemDetails;
use crate::net::port_to_listen_on;
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode, Uri, Version};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Rejects a request with a missing, duplicate or invalid `Host` header (RFC 9112, section 3.2).
///
/// The header may be missing in HTTP/1.0 and in probes, as some load balancers omit it.
pub(super) fn check_host_header(version: Version, headers: &HeaderMap, is_probe: bool) -> Result<(), ProblemDetails> {
    let mut values = headers.get_all(HOST).iter();
    match (values.next(), values.next()) {
        (None, _) if is_probe || version < Version::HTTP_11 => Ok(()),
        (Some(host), None) if host.as_bytes().iter().all(|byte| is_host_byte(*byte)) => Ok(()),
        (Some(_), None) => {
            Err(ProblemDetails::bad_request("invalid `Host` header; send a host name or address and an optional port"))
        }
        _ => Err(ProblemDetails::bad_request("missing or duplicate `Host` header; send exactly one")),
    }
}

/// Returns `true` for the bytes allowed in a host and port (RFC 3986, section 3.2.2).
fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte)
}

/// Rejects a request for a host other than `localhost`, a literal address, or one of `names`.
///
/// After DNS rebinding, a browser still sends the host name of the attacker's page. Literal addresses are safe, because no
/// DNS lookup precedes them.
pub(super) fn check_host(names: &BTreeSet<String>, uri: &Uri, headers: &HeaderMap) -> Result<(), ProblemDetails> {
    let mut values = headers.get_all(HOST).iter();
    let (Some(host), None) = (values.next(), values.next()) else {
        return Err(ProblemDetails::bad_request("missing or duplicate `Host` header; send exactly one"));
    };
    let authority = uri.authority().map(|authority| authority.as_str().as_bytes());
    let known = |host: &[u8]| std::str::from_utf8(host).is_ok_and(|host| is_local(host) || is_one_of(names, host));
    if known(host.as_bytes()) && authority.is_none_or(known) {
        return Ok(());
    }
    Err(ProblemDetails::new(
        StatusCode::MISDIRECTED_REQUEST,
        "unknown host: only `localhost`, literal addresses and configured names are served; \
         add the name with `Api::builder().hosts(..)`",
    ))
}

/// Returns `true` if `name` is a valid host name for a `Host` header, without a port.
pub(crate) fn is_host_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn is_one_of(names: &BTreeSet<String>, host: &str) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(without_port(host)))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port_to_listen_on(port).is_ok() => name,
        _ => host,
    }
}

/// Returns `true` if `host`, with an optional port, is `localhost` or a literal address.
fn is_local(host: &str) -> bool {
    let name = without_port(host);
    match name.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok()),
        None => name.eq_ignore_ascii_case("localhost") || matches!(name.parse(), Ok(IpAddr::V4(_))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_and_literal_addresses_are_local() {
        for (host, local) in [
            ("localhost", true),
            ("LOCALHOST:9464", true),
            ("127.0.0.1", true),
            ("127.0.0.1:9464", true),
            ("192.0.2.7:80", true),
            ("[::1]", true),
            ("[::1]:9464", true),
            ("", false),
            (":9464", false),
            ("evil.example", false),
            ("evil.example:9464", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("evil.example#localhost", false),
            ("evil.example@localhost", false),
            ("user@127.0.0.1", false),
            ("localhost:", false),
            ("localhost:x", false),
            ("localhost:94640", false),
            ("localhost.", false),
            ("::1", false),
            ("[::1", false),
            ("[127.0.0.1]", false),
            ("2130706433", false),
            ("0x7f.1", false),
        ] {
            assert_eq!(is_local(host), local, "{host:?}");
        }
    }

    #[test]
    fn requires_one_host_header_except_in_probes_and_http_1_0() {
        let is_valid = |version, hosts: &[&'static str], is_probe| {
            let headers = hosts.iter().map(|host| (HOST, host.parse().unwrap())).collect();
            check_host_header(version, &headers, is_probe).is_ok()
        };
        for (version, hosts, valid, valid_of_probe) in [
            (Version::HTTP_11, &["ops.example:9464"][..], true, true),
            (Version::HTTP_11, &[""], true, true),
            (Version::HTTP_11, &["[::1]:80"], true, true),
            (Version::HTTP_11, &[], false, true),
            (Version::HTTP_10, &[], true, true),
            (Version::HTTP_11, &["a", "a"], false, false),
            (Version::HTTP_10, &["a", "b"], false, false),
            (Version::HTTP_11, &["a b"], false, false),
            (Version::HTTP_11, &["user@a"], false, false),
            (Version::HTTP_11, &["a/b"], false, false),
        ] {
            assert_eq!(is_valid(version, hosts, false), valid, "{version:?} {hosts:?}");
            assert_eq!(is_valid(version, hosts, true), valid_of_probe, "probe: {version:?} {hosts:?}");
        }
    }

    #[test]
    fn host_names_match_case_insensitively_with_any_port() {
        let names = BTreeSet::from(["ops.example".to_owned()]);
        for (host, known) in [
            ("ops.example", true),
            ("OPS.Example:9464", true),
            ("ops.example.", false),
            ("ops.example:", false),
            ("evil-ops.example", false),
            ("ops.example.evil", false),
        ] {
            assert_eq!(is_one_of(&names, host), known, "{host:?}");
        }
    }
}
