//! URLs of HTTP services.

use super::host::{Host, ZoneSyntax};
use super::host_port::HostPort;
use super::percent;
use super::port::port_to_connect_to;
use super::redact::without_user_info;
use super::user_info::UserInfo;
use std::fmt;
use std::str::FromStr;

/// The URL of an HTTP service (RFC 3986): scheme, user information, host, port, path and query.
///
/// Schemes other than `http` and `https`, invalid ports and hosts that a resolver may misinterpret are rejected. `Display`,
/// `Debug` and errors omit user information, which may contain a password.
///
/// ```
/// use ops::net::Url;
///
/// let url: Url = "http://alice:s3cret@ops.example:9464?verbose".parse()?;
/// assert_eq!(url.to_string(), "http://ops.example:9464?verbose");
/// assert_eq!((url.host_header(), url.request_target()), ("ops.example:9464", "/?verbose"));
/// assert_eq!(url.user_info().map(|user_info| user_info.password()), Some("s3cret"));
///
/// let error = "http://alice:s3cret@ops.example:94640".parse::<Url>().unwrap_err();
/// assert!(error.to_string().ends_with("`94640` is not a port; use a number between 1 and 65535"));
/// # Ok::<(), ops::net::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// The URL without user information.
    text: String,
    scheme: Scheme,
    user_info: Option<UserInfo>,
    address: HostPort,
    host_header: String,
    request_target: String,
}

/// The scheme of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// HTTP, with default port 80.
    Http,
    /// HTTP over TLS, with default port 443.
    Https,
}

/// An invalid URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrlError {
    /// The rejected text, without anything that may be user information.
    pub url: String,
    /// The reason, and the remedy.
    pub reason: String,
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

impl Url {
    /// Returns the scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns the user name and password, if any.
    pub fn user_info(&self) -> Option<&UserInfo> {
        self.user_info.as_ref()
    }

    /// Returns the host and port, which defaults to that of the scheme.
    pub fn address(&self) -> &HostPort {
        &self.address
    }

    /// Returns the value of the `Host` header: host and port, without a zone and without the default port.
    pub fn host_header(&self) -> &str {
        &self.host_header
    }

    /// Returns the request target (RFC 9112, section 3.2): path and query, without the fragment.
    ///
    /// An empty path is `/`.
    pub fn request_target(&self) -> &str {
        &self.request_target
    }

    /// Appends `path`, which must begin with `/`, to the path of this URL.
    ///
    /// ```
    /// let url: ops::net::Url = "http://localhost:9464/ops/".parse()?;
    /// assert_eq!(url.join("/admin/drain")?.to_string(), "http://localhost:9464/ops/admin/drain");
    /// # Ok::<(), ops::net::UrlError>(())
    /// ```
    ///
    /// # Errors
    /// If this URL has a query or a fragment.
    pub fn join(&self, path: &str) -> Result<Url, UrlError> {
        if self.text.contains(['?', '#']) {
            let reason = "it has a query or a fragment; write a base URL without them".to_owned();
            return Err(self.refused(reason));
        }
        let mut url = self.clone();
        url.text = format!("{}{path}", self.text.trim_end_matches('/'));
        url.request_target = format!("{}{}", self.request_target.trim_end_matches('/'), percent::encode(path));
        Ok(url)
    }

    /// Creates an error for a URL that is valid but unsuitable for the caller.
    pub(crate) fn refused(&self, reason: impl Into<String>) -> UrlError {
        UrlError { url: self.text.clone(), reason: reason.into() }
    }

    fn parse(text: &str) -> Result<Url, String> {
        const FORM: &str = "it must begin with `http://` or `https://` and a host; write it as in \
                            `http://127.0.0.1:9464/readyz`";
        const CUT: &str = "invalid host or port; percent-encode `/`, `?`, `#` and `@` in a user name and a \
                           password";
        let (scheme, rest) = text.split_once("://").ok_or(FORM)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(FORM.to_owned()),
        };
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("white space and control characters are not allowed; write a space as `%20`".to_owned());
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user_info, host_port) = match authority.rsplit_once('@') {
            Some((user_info, host_port)) => (UserInfo::parse(user_info)?, host_port),
            None => (None, authority),
        };
        if host_port.is_empty() {
            return Err(FORM.to_owned());
        }
        // If user information ends early, for example at an unencoded `/`, the reason could quote a part of the password.
        let is_cut = path.contains('@') || host_port.contains("%40");
        let address = address(host_port, scheme).map_err(|reason| if is_cut { CUT.to_owned() } else { reason })?;
        let port = if address.port() == scheme.default_port() { String::new() } else { format!(":{}", address.port()) };
        let host_header = format!("{}{port}", address.host().to_header());
        let target = percent::encode(path.split('#').next().unwrap_or_default());
        let request_target = if target.starts_with('/') { target } else { format!("/{target}") };
        let text = format!("{}{host_port}{path}", &text[..text.len() - rest.len()]);
        Ok(Url { text, scheme, user_info, address, host_header, request_target })
    }
}

/// Parses the host and port of an authority.
///
/// An empty port defaults to that of the scheme (RFC 3986, section 3.2.3).
fn address(host_port: &str, scheme: Scheme) -> Result<HostPort, String> {
    let end = if host_port.starts_with('[') { host_port.find(']').map_or(0, |end| end + 1) } else { 0 };
    let (host, port) = match host_port[end..].split_once(':') {
        Some((host, port)) => (&host_port[..end + host.len()], port),
        None => (host_port, ""),
    };
    let host = Host::parse(host, ZoneSyntax::Url)?;
    let port = if port.is_empty() { scheme.default_port() } else { port_to_connect_to(port)? };
    Ok(HostPort::new(host, port))
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Url, UrlError> {
        Url::parse(text).map_err(|reason| UrlError { url: without_user_info(text), reason })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Url").field(&self.text).finish()
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid URL `{}`: {}", self.url, self.reason)
    }
}

impl std::error::Error for UrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Url {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn parses_address_host_header_and_request_target() {
        for (text, address, host, target) in [
            ("http://h", "h:80", "h", "/"),
            ("https://h/", "h:443", "h", "/"),
            ("HTTP://H:80/a", "H:80", "H", "/a"),
            ("http://h:443/", "h:443", "h:443", "/"),
            ("http://h:/", "h:80", "h", "/"),
            ("http://h:1?verbose", "h:1", "h:1", "/?verbose"),
            ("http://h:1#x", "h:1", "h:1", "/"),
            ("http://h/a?b#c?d", "h:80", "h", "/a?b"),
            ("http://h/a?b/c:d@e", "h:80", "h", "/a?b/c:d@e"),
            ("http://h//a", "h:80", "h", "//a"),
            ("http://h/é%20{}", "h:80", "h", "/%C3%A9%20%7B%7D"),
            ("http://[::1]:9464/x", "[::1]:9464", "[::1]:9464", "/x"),
            ("http://[::1]", "[::1]:80", "[::1]", "/"),
            ("http://[fe80::1%25eth0]:1/", "[fe80::1%eth0]:1", "[fe80::1]:1", "/"),
        ] {
            let url = parse(text);
            assert_eq!(
                (url.address().to_string().as_str(), url.host_header(), url.request_target()),
                (address, host, target)
            );
            assert_eq!(url.to_string(), text);
            assert_eq!(url.user_info(), None);
        }
    }

    #[test]
    fn decodes_user_info_and_never_displays_it() {
        for (text, user, password) in [
            ("http://alice:s3cret@h:1/p", "alice", "s3cret"),
            ("http://al%69ce:s3%63ret%40@h:1/p", "alice", "s3cret@"),
            ("http://alice:a:b@h:1/p", "alice", "a:b"),
            ("http://alice:s3cr@t@h:1/p", "alice", "s3cr@t"),
            ("http://alice@h:1/p", "alice", ""),
            ("http://zo%C3%AB:pässword@h:1/p", "zoë", "pässword"),
        ] {
            let url = parse(text);
            let user_info = url.user_info().unwrap();
            assert_eq!((user_info.user(), user_info.password()), (user, password));
            assert_eq!((url.to_string().as_str(), url.host_header()), ("http://h:1/p", "h:1"));
            assert_eq!(format!("{url:?}"), r#"Url("http://h:1/p")"#);
            assert!(!format!("{user_info:?}").contains("s3"), "{user_info:?}");
        }
        assert_eq!(parse("http://@h/").user_info(), None);
    }

    #[test]
    fn rejects_invalid_urls_with_a_remedy() {
        let form =
            "it must begin with `http://` or `https://` and a host; write it as in `http://127.0.0.1:9464/readyz`";
        let space = "white space and control characters are not allowed; write a space as `%20`";
        for (text, reason) in [
            ("", form),
            ("h/readyz", form),
            ("/readyz", form),
            ("http:h", form),
            ("ftp://h/", form),
            ("://h", form),
            ("http://", form),
            ("http:///path", form),
            ("http://?x", form),
            ("http://:80/", "no host; write a name or an address"),
            ("http://h:94640/", "`94640` is not a port; use a number between 1 and 65535"),
            ("http://h:0/", "`0` is not a port; use a number between 1 and 65535"),
            ("http://h:+80/", "`+80` is not a port; use a number between 1 and 65535"),
            ("http://h:80:80/", "`80:80` is not a port; use a number between 1 and 65535"),
            ("http://::1/", "no host; write a name or an address"),
            ("http://127.1/", "`127.1` is neither a name nor an IPv4 address; write it as in `127.0.0.1`"),
            ("http://[::1/", "no `]` after the IPv6 address; write it as in `[::1]`"),
            ("http://h /", space),
            (" http://h/", form),
            ("http://h/\r\nX:y", space),
            ("http://h/\n", space),
        ] {
            let error = text.parse::<Url>().unwrap_err();
            assert_eq!(error.reason, reason, "{text:?}");
        }
        assert_eq!(" http://h/".parse::<Url>().unwrap_err().to_string(), format!("invalid URL ` http://h/`: {form}"));
    }

    #[test]
    fn errors_contain_no_part_of_the_user_info() {
        for text in [
            "http://alice:s3cret@h:94640/",
            "http://al%69ce:s3%63ret@h:94640/",
            "http://alice:s3cret@/",
            "http://alice:s3%zzcret@h/",
            "http://alice:s3[cret@h/",
            "http://alice:s3/cret@h/",
            "http://alice:s3?cret@h/",
            "http://alice:s3#cret@h/",
            "http://alice:s3\\cret@h/",
            "http://alice:s3 cret@h/",
            "http://alice:s3cret%40h/",
            "ftp://alice:s3cret@h/",
            "http:alice:s3cret@h/",
            "alice:s3cret@h/",
        ] {
            let error = text.parse::<Url>().unwrap_err();
            for text in [error.to_string(), format!("{error:?}")] {
                assert!(!text.contains("s3") && !text.contains("cret") && !text.contains("lice"), "{text}");
            }
        }
    }

    #[test]
    fn joins_paths_to_urls_without_a_query() {
        for (base, joined) in
            [("http://h:1", "/admin/drain"), ("http://h:1/", "/admin/drain"), ("http://h:1/p/", "/p/admin/drain")]
        {
            let url = parse(base).join("/admin/drain").unwrap();
            assert_eq!((url.request_target(), url.to_string()), (joined, format!("http://h:1{joined}")));
        }
        assert!(parse("http://h/?x").join("/a").is_err() && parse("http://h/#x").join("/a").is_err());
    }
}
