//! A client that asks again as soon as it has an answer, over several connections.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

const CONNECTIONS: usize = 32;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(3);
const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n";

/// Answers a second that are good; `None` if there are none.
pub(super) fn rate(address: SocketAddr) -> Option<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let good = Rc::new(Cell::new(0_u64));
    let took = LocalSet::new().block_on(&runtime, async {
        for _ in 0..CONNECTIONS {
            tokio::task::spawn_local(ask(address, good.clone()));
        }
        tokio::time::sleep(WARM_UP).await;
        good.set(0);
        let started = Instant::now();
        tokio::time::sleep(MEASURED).await;
        started.elapsed()
    });
    (good.get() > 0).then(|| good.get() as f64 / took.as_secs_f64())
}

/// Asks until the server is gone.
async fn ask(address: SocketAddr, good: Rc<Cell<u64>>) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(256 * 1024);
    loop {
        stream.write_all(REQUEST).await?;
        answer.clear();
        let head = loop {
            read(&mut stream, &mut answer).await?;
            if let Some(head) = Head::parse(&answer) {
                break head;
            }
        };
        while !head.is_whole(&answer) {
            read(&mut stream, &mut answer).await?;
        }
        if head.is_good {
            good.set(good.get() + 1);
        }
    }
}

async fn read(stream: &mut TcpStream, answer: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(answer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// What the head of an answer says of its body.
struct Head {
    is_good: bool,
    /// Where the body starts.
    body: usize,
    /// How long the body is; `None` if it comes in chunks.
    length: Option<usize>,
}

impl Head {
    fn parse(answer: &[u8]) -> Option<Head> {
        let body = 4 + answer.windows(4).position(|end| end == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&answer[..body]).ok()?.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        Some(Head { is_good: head.starts_with("http/1.1 200 "), body, length })
    }

    fn is_whole(&self, answer: &[u8]) -> bool {
        match self.length {
            Some(length) => answer.len() >= self.body + length,
            None => answer.ends_with(b"\r\n0\r\n\r\n") || &answer[self.body..] == b"0\r\n\r\n",
        }
    }
}
