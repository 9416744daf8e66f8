//! Servers whose responses a test writes byte by byte.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// Starts a server for one connection, which calls `serve` after it has read the request head.
///
/// Returns its address, and a receiver of the request head.
pub(crate) fn serve_once(
    address: &str,
    serve: impl FnOnce(TcpStream) + Send + 'static,
) -> std::io::Result<(SocketAddr, Receiver<String>)> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let (sender, heads) = channel();
    thread::spawn(move || {
        let (mut stream, _peer) = listener.accept().expect("a connection");
        let head = read_head(&mut stream);
        // The test may have dropped the receiver.
        let _ = sender.send(head);
        serve(stream);
    });
    Ok((address, heads))
}

/// Starts a server for one connection, which sends `response` and closes.
pub(crate) fn respond_once(response: &'static [u8]) -> (SocketAddr, Receiver<String>) {
    serve_once("127.0.0.1:0", move |mut stream| stream.write_all(response).expect("a client")).expect("a port")
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("a client") == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).expect("text")
}

/// Returns the values of a header.
pub(crate) fn header(head: &str, name: &str) -> Vec<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).collect()
}

/// Starts a server for `connections` connections, which sends `response` before it reads the request.
///
/// The server closes a connection once the client does.
pub(crate) fn respond_before_request(connections: usize, response: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().take(connections) {
            let mut stream = stream.expect("a connection");
            stream.write_all(response).and_then(|()| stream.shutdown(Shutdown::Write)).expect("a client");
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    address
}
