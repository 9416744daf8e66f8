//! Floods a server with failed logins.
//!
//! `wrong-passwords ADDRESS CONNECTIONS NETWORK ADDRESSES` requests `/info` over CONNECTIONS concurrent connections from ADDRESSES
//! addresses of `127.0.NETWORK.0/24`. Each connection has its own user name, sends a different password in every request, and
//! reconnects when the server closes it. Prints `begun` after ADDRESSES responses, and `answered N` at the end of standard input.

use ops_tests::{basic, parse};
use std::cell::Cell;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::LocalSet;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, connections, network, addresses] = arguments.as_slice() else {
        return Err(io::Error::other("usage: wrong-passwords ADDRESS CONNECTIONS NETWORK ADDRESSES"));
    };
    let number = |text: &str| text.parse::<usize>().map_err(io::Error::other);
    let server: SocketAddr = address.parse().map_err(io::Error::other)?;
    let (connections, addresses) = (number(connections)?, number(addresses)?.clamp(1, 250));
    let network = network.parse().map_err(io::Error::other)?;
    let answered = Rc::new(Cell::new(0));
    let clients = LocalSet::new();
    for number in 0..connections {
        let from = SocketAddr::from(([127, 0, network, (number % addresses) as u8 + 1], 0));
        let answered = answered.clone();
        clients.spawn_local(async move {
            let mut open: Option<Connection> = None;
            for attempt in 0_u64.. {
                let mut connection = match open.take() {
                    Some(connection) => connection,
                    None => match Connection::open(server, from).await {
                        Ok(connection) => connection,
                        Err(_refused) => {
                            tokio::task::yield_now().await;
                            continue;
                        }
                    },
                };
                let wrong = basic(&format!("user{number}:{attempt}"));
                // The server closes connections beyond its limits.
                let Ok(status) = connection.ask(&wrong).await else { continue };
                assert!(matches!(status, 401 | 429 | 503), "{status}");
                open = Some(connection);
                answered.set(answered.get() + 1);
                if answered.get() == addresses {
                    print("begun")?;
                }
            }
            io::Result::Ok(())
        });
    }
    clients.run_until(tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new()))).await??;
    print(&format!("answered {}", answered.get()))?;
    // Exits without waiting for the clients, which never stop.
    std::process::exit(0);
}

fn print(line: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

/// A persistent HTTP/1.1 connection.
struct Connection {
    stream: TcpStream,
    response: Vec<u8>,
}

impl Connection {
    async fn open(server: SocketAddr, from: SocketAddr) -> io::Result<Connection> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(from)?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, response: Vec::new() })
    }

    /// Sends a request with this header and returns the status of the response.
    async fn ask(&mut self, header: &str) -> io::Result<u16> {
        let request = format!("GET /info HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await?;
        self.response.clear();
        loop {
            if self.stream.read_buf(&mut self.response).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // Problem documents are flat JSON objects, so `}` ends the response.
            if self.response.ends_with(b"}") {
                return Ok(parse(&String::from_utf8_lossy(&self.response)).status);
            }
        }
    }
}
