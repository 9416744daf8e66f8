//! URLs and credentials: parsing, and their form in requests.

use crate::commands::opsctl;
use crate::raw_server::{header, respond_once, serve_once};
use std::io::Write;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn invalid_url_is_an_error_before_a_token_is_sent() {
    let token = [("OPS_TOKEN", "ops_x")];
    for (url, reason) in [
        ("http://127.0.0.1:94640/readyz", "`94640` is not a port; use a number between 1 and 65535"),
        ("http://127.0.0.1:http/readyz", "`http` is not a port; use a number between 1 and 65535"),
        ("http://127.1/readyz", "`127.1` is neither a name nor an IPv4 address; write it as in `127.0.0.1`"),
        ("http://127.0.0.1 /readyz", "white space and control characters are not allowed; write a space as `%20`"),
    ] {
        for command in ["get", "probe"] {
            let expected = (1, String::new(), format!("opsctl: invalid URL `{url}`: {reason}\n"));
            assert_eq!(opsctl(&[command, url], "", &token), expected);
        }
    }
}

#[test]
fn user_information_is_sent_as_basic_credentials_and_never_shown() {
    for user_info in ["alice:s3cret", "al%69ce:s3%63ret"] {
        for command in ["get", "probe"] {
            let (address, heads) = respond_once(OK);
            let (code, _, error) =
                opsctl(&[command, &format!("http://{user_info}@{address}/x")], "", &[("OPS_TOKEN", "ops_x")]);
            assert_eq!((code, error.as_str()), (0, ""));
            let head = heads.recv().expect("a request");
            assert_eq!(header(&head, "authorization"), ["Basic YWxpY2U6czNjcmV0"], "over that of the environment");
            assert_eq!(header(&head, "host"), [address.to_string()]);
        }
        let (address, _heads) = respond_once(b"HTTP/1.1 500 Failed\r\nContent-Length: 0\r\n\r\n");
        let closed =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        for url in [
            format!("http://{user_info}@{address}/x"),
            format!("http://{user_info}@{closed}/x"),
            format!("http://{user_info}@127.0.0.1:94640/x"),
            format!("ftp://{user_info}@127.0.0.1/x"),
            format!("http://{user_info}%0A@127.0.0.1:1/x"),
            format!("http://{}@127.0.0.1:1/x", user_info.replace(":s3", ":s/3")),
        ] {
            let (code, output, error) = opsctl(&["get", &url], "", &[]);
            assert_eq!((code, output.as_str()), (1, ""), "{error}");
            for part in ["s3", "s/3", "cret", "lice", "ce:"] {
                assert!(!error.contains(part), "{error}");
            }
        }
    }
}

#[test]
fn request_target_and_host_follow_the_url() {
    for (prefix, suffix, target) in [
        ("http://", "?verbose", "/?verbose"),
        ("http://", "", "/"),
        ("http://", "#fragment", "/"),
        ("HTTP://", "/a?b#c", "/a?b"),
        ("http://", "/é?x={}", "/%C3%A9?x=%7B%7D"),
    ] {
        let (address, heads) = respond_once(OK);
        let url = format!("{prefix}{address}{suffix}");
        assert_eq!(opsctl(&["get", &url], "", &[]), (0, "ok".to_owned(), String::new()), "{url}");
        let head = heads.recv().expect("a request");
        assert_eq!(head.lines().next(), Some(format!("GET {target} HTTP/1.1").as_str()));
        assert_eq!(header(&head, "host"), [address.to_string()]);
        assert_eq!(header(&head, "authorization"), [""; 0]);
    }
}

#[test]
fn an_ipv6_address_and_a_name_with_several_addresses_are_connected_to() {
    let answer = |mut stream: std::net::TcpStream| stream.write_all(OK).expect("a client");
    // The machine may lack IPv6.
    if let Ok((address, heads)) = serve_once("[::1]:0", answer) {
        assert_eq!(opsctl(&["get", &format!("http://{address}/")], "", &[]).1, "ok");
        assert_eq!(header(&heads.recv().expect("a request"), "host"), [address.to_string()]);
    }
    // `localhost` may resolve to `::1` first, where nothing listens.
    let (address, heads) = respond_once(OK);
    assert_eq!(opsctl(&["get", &format!("http://localhost:{}/", address.port())], "", &[]).1, "ok");
    assert_eq!(header(&heads.recv().expect("a request"), "host"), [format!("localhost:{}", address.port())]);
}

#[test]
fn invalid_credentials_are_an_error_and_not_ignored() {
    let url = "http://127.0.0.1:1/";
    for (environment, error) in [
        (&[("OPS_USER", "alice")][..], "`OPS_USER` is set without `OPS_PASSWORD`; set both or neither"),
        (&[("OPS_PASSWORD", "x")], "`OPS_PASSWORD` is set without `OPS_USER`; set both or neither"),
        (
            &[("OPS_USER", "a:b"), ("OPS_PASSWORD", "x")],
            "cannot use `OPS_USER` and `OPS_PASSWORD`: invalid name `a:b`; use 1 to 128 bytes without `:` and \
             control characters",
        ),
        (
            &[("OPS_USER", "alice"), ("OPS_PASSWORD", "s3\ncret")],
            "cannot use `OPS_USER` and `OPS_PASSWORD`: invalid password: control characters are not allowed; \
             use printable characters",
        ),
        (
            &[("OPS_TOKEN", "s3 cret")],
            "cannot use `OPS_TOKEN`: invalid token; use 1 to 128 letters, digits and `-._~+/=`, as \
             `opsctl token` prints",
        ),
    ] {
        assert_eq!(opsctl(&["get", url], "", environment), (1, String::new(), format!("opsctl: {error}\n")));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("credentials");
    std::fs::write(&path, "alice:s3cret\n").expect("a file");
    let path = path.to_str().expect("text");
    let (_, _, error) = opsctl(&["get", "http://bob:x@127.0.0.1:1/", "--credentials-file", path], "", &[]);
    let expected = "duplicate credentials: in the URL and in `--credentials-file`; remove one of them";
    assert_eq!(error, format!("opsctl: http://127.0.0.1:1/: {expected}\n"));
}

#[cfg(unix)]
#[test]
fn environment_variable_that_is_not_utf8_is_an_error() {
    use std::os::unix::ffi::OsStrExt;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_opsctl"));
    command.args(["get", "http://127.0.0.1:1/"]).env_clear().env("OPS_TOKEN", std::ffi::OsStr::from_bytes(b"ops_\xff"));
    let output = command.output().expect("the program");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "opsctl: invalid `OPS_TOKEN`: not UTF-8; correct or unset it\n"
    );
    assert_eq!(output.status.code(), Some(1));
}
