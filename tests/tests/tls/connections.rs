//! TLS over real sockets: protocol, configuration errors, and hot reload.

use ops::{Api, ApiBuilder, Error, Health, Limits, Metrics, Tls};
use ops_tests::certificates::Authority;
use ops_tests::log::LogBuffer;
use ops_tests::tls::{Files, TLS12, TLS13, client, connect, get, get_on, modern, policy, start, until};
use ops_tests::{exchange, parse};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion};
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

fn tls(files: &Files) -> Tls {
    Tls::new(files.path("server.crt"), files.path("server.key"))
}

fn empty() -> ApiBuilder {
    let limits = Limits::default().tls_reload_interval(Duration::from_millis(2));
    Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new())).limits(limits)
}

// ---- protocol -----------------------------------------------------------------------------------

#[tokio::test]
async fn negotiates_tls_1_2_and_1_3_with_http_1_1() {
    let files = Files::new();
    let server = start(empty().tls(tls(&files))).await.local_addr().unwrap();
    for (versions, version) in [
        (&[&TLS12][..], ProtocolVersion::TLSv1_2),
        (&[&TLS13], ProtocolVersion::TLSv1_3),
        (&[&TLS12, &TLS13], ProtocolVersion::TLSv1_3),
    ] {
        let mut client = client(&files.authority, None, versions);
        client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut stream = connect(server, client).await.unwrap();
        let connection = stream.get_ref().1;
        assert_eq!(connection.protocol_version(), Some(version));
        assert_eq!(connection.alpn_protocol(), Some(&b"http/1.1"[..]));
        assert_eq!(get_on(&mut stream, "/livez", &[]).await.unwrap().body, "ok\n");
    }
    let mut modern = modern(&files.authority, None);
    modern.alpn_protocols = vec![b"h2".to_vec()];
    let refused = connect(server, modern).await.unwrap_err();
    assert_eq!(refused.to_string(), "received fatal alert: NoApplicationProtocol");
}

#[tokio::test]
async fn accepts_a_client_hello_of_many_records() {
    let files = Files::new();
    let server = start(empty().tls(tls(&files))).await.local_addr().unwrap();
    let mut client = modern(&files.authority, None);
    client.alpn_protocols = (0..100_u8).map(|number| vec![number; 200]).collect();
    client.alpn_protocols.push(b"http/1.1".to_vec());
    assert_eq!(get(server, client, "/livez", &[]).await.unwrap().body, "ok\n");
}

#[tokio::test]
async fn sessions_are_not_resumed() {
    let files = Files::new();
    let server = start(empty().tls(tls(&files))).await.local_addr().unwrap();
    for version in [&TLS12, &TLS13] {
        let client = client(&files.authority, None, &[version]);
        for _ in 0..2 {
            let mut stream = connect(server, client.clone()).await.unwrap();
            get_on(&mut stream, "/livez", &[]).await.unwrap();
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(rustls::HandshakeKind::Full));
        }
    }
}

#[tokio::test]
async fn clients_verify_issuer_and_expiry_of_the_server_certificate() {
    let files = Files::new();
    let server = start(empty().tls(tls(&files))).await.local_addr().unwrap();
    let refused = connect(server, modern(&Authority::new(), None)).await.unwrap_err();
    assert_eq!(refused.to_string(), "invalid peer certificate: UnknownIssuer");

    files.authority.issue("server", &["dns:localhost"], 2020).write(files.folder.path(), "server");
    let expired = start(empty().tls(tls(&files))).await.local_addr().unwrap();
    let refused = connect(expired, modern(&files.authority, None)).await.unwrap_err();
    assert!(refused.to_string().starts_with("invalid peer certificate: certificate expired"), "{refused}");
}

#[tokio::test]
async fn plain_http_is_answered_with_a_hint() {
    let files = Files::new();
    let running = start(empty().tls(tls(&files))).await;
    let response =
        parse(&exchange(running.local_addr().unwrap(), "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await);
    assert_eq!((response.status, response.body.as_str()), (400, "this port requires TLS; use https://\n"));
    assert_eq!(
        exchange(running.local_addr().unwrap(), "\0\0\0\0\0\0\0\0").await.chars().count(),
        7,
        "a TLS alert, then end of file"
    );
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn unfinished_handshakes_do_not_block_other_clients() {
    let files = Files::new();
    let limits = Limits::default().max_connections(40).max_connections_per_address(20);
    let server = start(empty().tls(tls(&files)).limits(limits)).await.local_addr().unwrap();
    let mut held = Vec::new();
    for turn in 0..200 {
        let mut silent = TcpStream::connect(server).await.unwrap();
        if turn % 2 == 0 {
            // The beginning of a long ClientHello.
            silent.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).await.unwrap();
        }
        held.push(silent);
        if turn % 20 == 0 {
            let response = get(server, modern(&files.authority, None), "/livez", &[]).await.unwrap();
            assert_eq!(response.status, 200, "{turn}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn unix_socket_supports_tls() {
    let files = Files::new();
    let address = format!("unix:{}", files.path("ops.sock").display());
    let _running = empty().tls(tls(&files)).build().unwrap().bind(address).await.unwrap().spawn();
    let stream = tokio::net::UnixStream::connect(files.path("ops.sock")).await.unwrap();
    let connector = TlsConnector::from(Arc::new(modern(&files.authority, None)));
    let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.0\r\n\r\n").await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert_eq!(parse(&response).body, "ok\n");
}

#[tokio::test]
async fn no_output_contains_a_private_key() {
    let log = LogBuffer::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();

    let files = Files::new();
    let keys = [fs::read_to_string(files.path("server.key")).unwrap(), files.authority.server().key];
    files.write("other.key", &keys[1]);
    let mut outputs = Vec::new();
    for (certificate, key) in [("server.crt", "other.key"), ("server.key", "other.key"), ("other.key", "server.crt")] {
        let tls = Tls::new(files.path(certificate), files.path(key));
        outputs.push(format!("{tls:?} {:?}", empty().tls(tls.clone()).build().unwrap_err()));
    }
    let builder = empty().tls(tls(&files));
    outputs.push(format!("{builder:?}"));
    let api = builder.build().unwrap();
    outputs.push(format!("{api:?}"));
    let server = api.bind("127.0.0.1:0").await.unwrap();
    outputs.push(format!("{server:?}"));
    let running = server.spawn();
    let address = running.local_addr().unwrap();
    let mut open = connect(address, modern(&files.authority, None)).await.unwrap();
    files.write("server.key", &keys[1]);
    let mut failure = Value::Null;
    while failure.is_null() {
        let info = get_on(&mut open, "/info", &[]).await.unwrap();
        failure = info.json()["tls"]["failure"].clone();
        outputs.push(info.body);
    }
    outputs.push(get_on(&mut open, "/metrics", &[]).await.unwrap().body);
    outputs.push(exchange(address, "GET /info HTTP/1.1\r\n\r\n").await);
    assert!(connect(address, modern(&Authority::new(), None)).await.is_err());
    running.shutdown().await.unwrap();
    outputs.push(log.text());
    for line in keys.iter().flat_map(|key| key.lines()).filter(|line| !line.starts_with("-----")) {
        assert!(outputs.iter().all(|text| !text.contains(line)), "{line} is in {outputs:?}");
    }
    assert!(log.text().contains("TLS reload failed"), "the failed reload was logged");
}

// ---- configuration ------------------------------------------------------------------------------------

#[tokio::test]
async fn passwords_are_allowed_on_a_network_with_tls() {
    let files = Files::new();
    let (secure, plain) = (true, false);
    for (address, has_policy, is_secure, allowed, starts) in [
        ("0.0.0.0:0", true, plain, false, false),
        ("0.0.0.0:0", true, plain, true, true),
        ("0.0.0.0:0", true, secure, false, true),
        ("0.0.0.0:0", true, secure, true, true),
        ("0.0.0.0:0", false, plain, false, true),
        ("0.0.0.0:0", false, secure, false, true),
        ("127.0.0.1:0", true, plain, false, true),
        ("127.0.0.1:0", true, secure, false, true),
        ("127.0.0.1:0", false, plain, false, true),
        ("127.0.0.1:0", false, secure, false, true),
    ] {
        let mut builder = empty();
        builder = if has_policy { builder.policy(policy()) } else { builder };
        builder = if is_secure { builder.tls(tls(&files)) } else { builder };
        builder = if allowed { builder.allow_plaintext_credentials() } else { builder };
        let bound = builder.build().unwrap().bind(address).await;
        let case = format!("{address} {has_policy} {is_secure} {allowed}");
        match bound {
            Ok(_) => assert!(starts, "{case}"),
            Err(error) => assert!(!starts && matches!(error, Error::PlaintextCredentials { .. }), "{case}: {error}"),
        }
    }
}

#[tokio::test]
async fn tls_without_a_policy_serves_only_public_endpoints_to_a_network() {
    let files = Files::new();
    let builder = empty().tls(tls(&files).require_client_certificates(files.path("authorities.crt")));
    let server = builder.build().unwrap().bind("0.0.0.0:0").await.unwrap().spawn().local_addr().unwrap();
    let shown = files.authority.issue("alice", &["dns:alice"], 4096);
    let mut stream = connect(server, modern(&files.authority, Some(&shown))).await.unwrap();
    for (path, status) in [("/livez", 200), ("/metrics", 200), ("/info", 403), ("/admin", 403), ("/x", 403)] {
        assert_eq!(get_on(&mut stream, path, &[]).await.unwrap().status, status, "{path}");
    }
}

#[tokio::test]
async fn invalid_files_are_startup_errors_that_contain_no_key() {
    let files = Files::new();
    let key = files.authority.server().key;
    files.write("other.key", &key);
    files.write("empty.crt", "");
    files.write("broken.key", &key.replace("MIG", "MI!"));
    let [server, server_key, other, empty_file, broken, missing] =
        ["server.crt", "server.key", "other.key", "empty.crt", "broken.key", "missing"].map(|name| files.path(name));
    let shown = |path: &PathBuf| path.display().to_string();
    for (tls, sentence) in [
        (
            Tls::default(),
            "invalid TLS settings: no certificate is set; set its file with `Tls::certificate(..)`".to_owned(),
        ),
        (
            Tls::default().certificate(&server),
            "invalid TLS settings: no key is set; set its file with `Tls::key(..)`".to_owned(),
        ),
        (
            Tls::new(&missing, &server_key),
            format!("cannot read TLS file `{}`: No such file or directory (os error 2)", shown(&missing)),
        ),
        (
            Tls::new(&server, &other),
            format!(
                "invalid TLS file `{}`: the key does not match the certificate `{}`",
                shown(&other),
                shown(&server)
            ),
        ),
        (
            Tls::new(&empty_file, &server_key),
            format!("invalid TLS file `{}`: no certificate found; write one in PEM", shown(&empty_file)),
        ),
        (
            Tls::new(&server, &broken),
            format!(
                "invalid TLS file `{}`: malformed section; write each from `-----BEGIN ..-----` to `-----END ..-----` \
                 in Base64",
                shown(&broken)
            ),
        ),
        (
            Tls::new(&server, &server),
            format!(
                "invalid TLS file `{}`: no private key found; write one in PEM, without a passphrase",
                shown(&server)
            ),
        ),
        (
            Tls::new(files.folder.path(), &server_key),
            format!("invalid TLS file `{}`: not a regular file", files.folder.path().display()),
        ),
        (
            tls(&files).require_client_certificates(&empty_file),
            format!("invalid TLS file `{}`: no certificate found; write one in PEM", shown(&empty_file)),
        ),
        (
            tls(&files).accept_client_certificates(files.path("authorities.crt")),
            "client certificates are accepted without a policy: the policy maps them to users; set one with \
             `Api::builder().policy(..)`, or require certificates with `Tls::require_client_certificates(..)`"
                .to_owned(),
        ),
    ] {
        assert_eq!(empty().tls(tls).build().unwrap_err().to_string(), sentence);
    }
}

// ---- hot reload --------------------------------------------------------------------------------

/// Returns the certificate that the server presents to a new connection.
async fn presented(address: SocketAddr, client: ClientConfig) -> Vec<u8> {
    let stream = connect(address, client).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn new_certificate_is_used_for_new_connections_and_open_ones_continue() {
    let files = Files::new();
    let server = start(empty().tls(tls(&files))).await.local_addr().unwrap();
    let client = modern(&files.authority, None);
    let first = presented(server, client.clone()).await;
    let mut open = connect(server, client.clone()).await.unwrap();
    let tls = async |open: &mut _| get_on(open, "/info", &[]).await.unwrap().json()["tls"].clone();
    let before = tls(&mut open).await;
    let path = files.path("server.crt").display().to_string();
    assert_eq!(
        before,
        json!({
            "source": path, "loaded_at": before["loaded_at"], "failure": null, "expires_at": "4096-01-01T00:00:00Z",
            "client_certificates": "none", "client_authorities": null,
        })
    );

    files.authority.issue("server", &["dns:localhost"], 3000).write(files.folder.path(), "server");
    until(async || presented(server, client.clone()).await != first).await;
    let second = presented(server, client.clone()).await;
    assert_eq!(tls(&mut open).await["expires_at"], "3000-01-01T00:00:00Z");

    files.write("server.key", "no key");
    let refusal = format!(
        "invalid TLS file `{}`: no private key found; write one in PEM, without a passphrase",
        files.path("server.key").display()
    );
    let mut failure = Value::Null;
    while failure.is_null() {
        failure = tls(&mut open).await["failure"].clone();
    }
    assert_eq!(failure, refusal);
    assert_eq!(presented(server, client.clone()).await, second, "the last good version stays active");
    let metrics = get_on(&mut open, "/metrics", &[]).await.unwrap().body;
    // The number of failures depends on how often the files were read between the writes of certificate and key.
    assert!(metrics.contains("\nops_tls_reload_failures_total "), "{metrics}");
    assert!(metrics.contains("\nops_tls_certificate_expiry_timestamp_seconds 32503680000\n"), "{metrics}");
    assert!(metrics.contains("\nops_tls_last_success_timestamp_seconds 1"), "{metrics}");
}
