//! The HTTP check against TCP servers with valid and invalid responses.

use super::*;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Starts a server that handles `connections` connections with `serve`.
fn server(connections: usize, serve: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().take(connections).for_each(|stream| serve(stream.unwrap())));
    address
}

/// Reads a complete request.
fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
    String::from_utf8(request).unwrap()
}

/// Runs the check against `address`. Returns the status, or the reason of the failure.
async fn outcome(address: SocketAddr) -> Result<u16, String> {
    let url: Url = format!("http://{address}/readyz?verbose").parse().unwrap();
    let connector = Connector::new(url.address().clone());
    request_status(&url, &connector).await.map_err(|error| ErrorChain(&*error).to_string())
}

/// Runs the check `RUNS` times against a server that reads the request, sends `response` and closes.
async fn outcomes(response: &'static [u8]) -> Result<u16, String> {
    const RUNS: usize = 300;
    let address = server(RUNS, move |mut stream| {
        read_request(&mut stream);
        stream.write_all(response).unwrap();
    });
    let first = outcome(address).await;
    for _ in 1..RUNS {
        assert_eq!(outcome(address).await, first);
    }
    first
}

#[tokio::test]
async fn server_that_closes_after_the_response_is_healthy_in_every_run() {
    for response in [
        &b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"[..],
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    ] {
        assert_eq!(outcomes(response).await, Ok(200), "{}", response.escape_ascii());
    }
}

#[tokio::test]
async fn response_body_does_not_affect_the_result() {
    for (response, status) in [
        (&b"HTTP/1.1 204 No Content\r\n\r\n"[..], 204),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ncut short", 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nlonger than that", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 200),
        (b"HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\n\r\n", 301),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 101),
        (b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n", 503),
    ] {
        assert_eq!(outcomes(response).await, Ok(status), "{}", response.escape_ascii());
    }
}

#[tokio::test]
async fn reports_protocol_errors() {
    let many: Vec<u8> = [&b"HTTP/1.1 200 OK\r\n"[..], &b"a: b\r\n".repeat(300), b"\r\n"].concat();
    for (response, reason) in [
        (&b""[..], "connection closed without a response"),
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n", "connection closed within the response head"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "connection closed without a response"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "response is not HTTP/1.1: invalid HTTP version"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "response is not HTTP/1.1: invalid HTTP version"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "response is not HTTP/1.1: invalid response status"),
        (b"\x15\x03\x03\x00\x02\x02\x16", "response is not HTTP/1.1: the port expects TLS"),
        (many.leak(), "response is not HTTP/1.1: too many headers"),
    ] {
        assert_eq!(outcomes(response).await, Err(reason.to_owned()), "{}", response.escape_ascii());
    }
}

#[tokio::test]
async fn server_that_responds_before_reading_is_healthy_in_every_run() {
    let close = server(300, |mut stream| stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").unwrap());
    let half_close = server(300, |mut stream| {
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        // Reads until the client has closed the connection.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    for _ in 0..300 {
        assert_eq!((outcome(close).await, outcome(half_close).await), (Ok(200), Ok(200)));
    }
}

#[tokio::test]
async fn bytewise_and_endless_responses_succeed_within_the_head_limit() {
    let bytewise = server(1, |mut stream| {
        stream.set_nodelay(true).unwrap();
        b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n".iter().for_each(|byte| stream.write_all(&[*byte]).unwrap());
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert_eq!(outcome(bytewise).await, Ok(200));
    let endless = server(1, |mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    assert_eq!(outcome(endless).await, Ok(200));
    let headless = server(1, |mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nA: ").unwrap();
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let too_long = "response head exceeds 65536 bytes".to_owned();
    assert_eq!(outcome(headless).await, Err(too_long.clone()));
    let interim = server(1, |mut stream| while stream.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").is_ok() {});
    assert_eq!(outcome(interim).await, Err(too_long));
}

#[tokio::test]
async fn request_has_the_host_header_of_the_url() {
    let (sender, requests) = std::sync::mpsc::channel();
    let address = server(1, move |mut stream| {
        sender.send(read_request(&mut stream)).unwrap();
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
    });
    outcome(address).await.unwrap();
    let request = requests.recv().unwrap();
    let expected = format!(
        "GET /readyz?verbose HTTP/1.1\r\nHost: {address}\r\nUser-Agent: ops\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(request, expected);
}

#[tokio::test]
async fn falls_back_to_ipv4_if_the_ipv6_address_is_unreachable() {
    let address = server(1, |mut stream| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
    });
    let url: Url = "http://search.internal/".parse().unwrap();
    // Nothing listens on this port.
    let dead = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 1));
    let connector = Connector::with_resolver(url.address().clone(), move |_| Ok(vec![dead, address]));
    assert_eq!(request_status(&url, &connector).await.unwrap(), 200);
}

#[test]
fn rejects_invalid_urls() {
    let refused = |url: &str| http(url).err().unwrap().to_string();
    assert_eq!(
        refused("http://h:94640/"),
        "invalid URL `http://h:94640/`: `94640` is not a port; use a number between 1 and 65535"
    );
    assert_eq!(
        refused("https://h/"),
        "invalid URL `https://h/`: HTTP checks do not support TLS; use a URL that begins with `http://`"
    );
    for url in ["http://alice:s3cret@h/", "http://al%69ce:s3%63ret@h/", "http://alice@h/"] {
        assert_eq!(
            refused(url),
            "invalid URL `http://h/`: HTTP checks do not send credentials; remove the user information before the host"
        );
    }
}
