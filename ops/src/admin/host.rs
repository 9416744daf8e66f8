//! The `Host` check: against pages of other sites that make a browser call this server (DNS rebinding).

use super::problem::Problem;
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode, Uri};
use std::net::IpAddr;

/// Refuses a request that was sent to a name other than `localhost`.
///
/// A page that an attacker has rebound to this address still sends the name it was loaded from. Literal addresses are
/// safe: nobody can rebind them.
pub(super) fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(HOST).iter();
    let (Some(host), None) = (values.next(), values.next()) else {
        return Err(Problem::bad_request("send exactly one `Host` header"));
    };
    let authority = uri.authority().map(|authority| authority.as_str().as_bytes());
    let local = |host: &[u8]| std::str::from_utf8(host).is_ok_and(is_local);
    if local(host.as_bytes()) && authority.is_none_or(local) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "no policy is set, so only `localhost` and literal addresses are answered here: use one of them, or set a policy",
    ))
}

/// Whether `host`, which may end in a port, is `localhost` or a literal address.
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    match name.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok()),
        None => name.eq_ignore_ascii_case("localhost") || matches!(name.parse(), Ok(IpAddr::V4(_))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_and_literal_addresses_are_local() {
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
}
