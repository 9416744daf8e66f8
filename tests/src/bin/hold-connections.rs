//! Holds idle connections to a server.
//!
//! `hold-connections ADDRESS COUNT ADDRESSES` opens COUNT connections from ADDRESSES loopback addresses and prints `connected N`.
//! For each line on standard input it then prints `open N`, the number of connections that the server has not closed.

use std::io::{BufRead, Write};
use std::net::{SocketAddr, TcpStream};
use tokio::net::TcpSocket;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, connections, addresses] = arguments.as_slice() else {
        return Err(std::io::Error::other("usage: hold-connections ADDRESS COUNT ADDRESSES"));
    };
    let number = |text: &str| text.parse::<usize>().map_err(std::io::Error::other);
    let server: SocketAddr = address.parse().map_err(std::io::Error::other)?;
    let mut held = Vec::new();
    for connection in 0..number(connections)? {
        let last = (connection % number(addresses)?.clamp(1, 250) + 2) as u8;
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, last], 0)))?;
        held.push(socket.connect(server).await?.into_std()?);
    }
    let mut out = std::io::stdout();
    writeln!(out, "connected {}", held.len())?;
    for line in std::io::stdin().lock().lines() {
        line?;
        writeln!(out, "open {}", held.iter().filter(|stream| is_open(stream)).count())?;
    }
    Ok(())
}

/// Returns `true` if the peer has not closed or reset the connection. Does not block.
fn is_open(stream: &TcpStream) -> bool {
    matches!(stream.peek(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}
