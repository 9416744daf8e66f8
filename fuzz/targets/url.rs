//! URLs and addresses: what is parsed can be sent, and a password is shown nowhere, however the text around it goes wrong.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::net::{HostPort, Url};
use std::fmt::{Debug, Display};

const PASSWORD: &str = "S3CRET";

fuzz_target!(|text: &str| {
    if let Ok(url) = text.parse::<Url>() {
        let is_sent = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(is_sent(url.host_header()) && is_sent(url.request_target()), "{url:?}");
        assert!(url.request_target().starts_with('/') && url.address().port() != 0, "{url:?}");
        let again: Url = url.to_string().parse().expect("a URL is displayed as one");
        assert_eq!(again.user_info(), None, "{url:?}");
        assert_eq!((again.address(), again.request_target()), (url.address(), url.request_target()));
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
        shows_nothing(&url.parse::<Url>());
        shows_nothing(&url.parse::<HostPort>());
    }
});

/// Checks what is shown of a URL, an address or an error.
fn shows_nothing<T: Debug + Display, E: Debug + Display>(parsed: &Result<T, E>) {
    let shown = match parsed {
        Ok(parsed) => format!("{parsed} {parsed:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    assert!(!shown.contains(PASSWORD), "{shown}");
}
