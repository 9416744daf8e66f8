//! Fuzzes the parsers of URLs and addresses.
//!
//! Parsed values must be safe to send in an HTTP request and must round-trip. No output may contain a password, not even errors.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::net::{HostPort, Url};
use std::fmt::{Debug, Display};

const PASSWORD: &str = "S3CRET";

fuzz_target!(|text: &str| {
    if let Ok(url) = text.parse::<Url>() {
        let is_sendable = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(is_sendable(url.host_header()) && is_sendable(url.request_target()), "{url:?}");
        assert!(url.request_target().starts_with('/') && url.address().port() != 0, "{url:?}");
        let reparsed: Url = url.to_string().parse().expect("a displayed URL does not parse");
        assert_eq!(reparsed.user_info(), None, "{url:?}");
        assert_eq!((reparsed.address(), reparsed.request_target()), (url.address(), url.request_target()));
    }
    if let Ok(address) = text.parse::<HostPort>() {
        assert_eq!(address.to_string().parse::<HostPort>().as_ref(), Ok(&address));
    }
    let text = text.replace(PASSWORD, "");
    for url in [
        format!("http://alice:{PASSWORD}{text}@localhost:9464/"),
        format!("http://alice:{PASSWORD}{text}@localhost:94640/"),
        format!("alice:{PASSWORD}{text}@localhost:9464"),
    ] {
        assert_redacted(&url.parse::<Url>());
        assert_redacted(&url.parse::<HostPort>());
    }
});

/// Checks that the output of a URL, an address or an error contains no password.
fn assert_redacted<T: Debug + Display, E: Debug + Display>(parsed: &Result<T, E>) {
    let shown = match parsed {
        Ok(parsed) => format!("{parsed} {parsed:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    assert!(!shown.contains(PASSWORD), "{shown}");
}
