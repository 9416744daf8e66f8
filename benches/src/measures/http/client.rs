//! Closed-loop HTTP client: each of several connections sends the next request after the response.

use std::cell::RefCell;
use std::io;
use std::mem::take;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};

const CONNECTIONS: usize = 32;
const WARM_UP: Duration = Duration::from_millis(500);

/// The request that is repeated.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) path: &'static str,
    /// Returns `true` for the expected status; any other status ends the measurement.
    pub(crate) is_expected: fn(u16) -> bool,
}

/// Returns the sorted latencies of all responses within `measured`.
///
/// Returns `None` if a response had an unexpected status or a connection failed.
pub(crate) fn latencies(address: SocketAddr, load: Load, measured: Duration) -> Option<Vec<Duration>> {
    let took = Rc::new(RefCell::new(Vec::new()));
    let all_expected = block_on(async {
        let clients = (0..CONNECTIONS).map(|_| {
            let took = took.clone();
            tokio::task::spawn_local(send(address, load, usize::MAX, move |latency| took.borrow_mut().push(latency)))
        });
        let clients: Vec<_> = clients.collect();
        tokio::time::sleep(WARM_UP).await;
        took.borrow_mut().clear();
        tokio::time::sleep(measured).await;
        clients.iter().all(|client| !client.is_finished())
    });
    let mut took = take(&mut *took.borrow_mut());
    took.sort();
    all_expected?.then_some(took)
}

/// Sends `times` requests over all connections; `None` if one of them failed.
pub(crate) fn send_requests(address: SocketAddr, load: Load, times: usize) -> Option<()> {
    block_on(async {
        let mut clients = JoinSet::new();
        for _ in 0..CONNECTIONS {
            clients.spawn_local(send(address, load, times / CONNECTIONS, |_took| {}));
        }
        clients.join_all().await.into_iter().all(|sent| sent.is_ok())
    })?
    .then_some(())
}

fn block_on<T>(clients: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    Some(LocalSet::new().block_on(&runtime, clients))
}

/// Sends `times` requests over one connection, until the connection fails or a status is unexpected.
async fn send(address: SocketAddr, load: Load, times: usize, took: impl Fn(Duration)) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!("GET {} HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n", load.path);
    let mut response = Vec::with_capacity(256 * 1024);
    for _ in 0..times {
        let started = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        response.clear();
        let head = loop {
            read(&mut stream, &mut response).await?;
            if let Some(head) = Head::parse(&response) {
                break head;
            }
        };
        while !head.is_whole(&response) {
            read(&mut stream, &mut response).await?;
        }
        if !(load.is_expected)(head.status) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        took(started.elapsed());
    }
    Ok(())
}

async fn read(stream: &mut TcpStream, response: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(response).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Status and framing from the head of a response.
struct Head {
    status: u16,
    /// Offset of the body.
    body: usize,
    /// `Content-Length`; `None` if the body is chunked.
    length: Option<usize>,
}

impl Head {
    fn parse(response: &[u8]) -> Option<Head> {
        let body = 4 + response.windows(4).position(|end| end == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&response[..body]).ok()?.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        Some(Head { status: head.get(9..12)?.parse().ok()?, body, length })
    }

    fn is_whole(&self, response: &[u8]) -> bool {
        match self.length {
            Some(length) => response.len() >= self.body + length,
            None => response.ends_with(b"\r\n0\r\n\r\n") || &response[self.body..] == b"0\r\n\r\n",
        }
    }
}
