//! A client that asks again as soon as it has an answer, over several connections.

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

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) path: &'static str,
    /// The answers that count; all others are the end of the measurement.
    pub(crate) is_expected: fn(u16) -> bool,
}

/// How long each answer took in so long a time, shortest first; `None` if one was not good.
pub(crate) fn latencies(address: SocketAddr, load: Load, measured: Duration) -> Option<Vec<Duration>> {
    let took = Rc::new(RefCell::new(Vec::new()));
    let are_good = block_on(async {
        let askers = (0..CONNECTIONS).map(|_| {
            let took = took.clone();
            tokio::task::spawn_local(ask(address, load, usize::MAX, move |answer| took.borrow_mut().push(answer)))
        });
        let askers: Vec<_> = askers.collect();
        tokio::time::sleep(WARM_UP).await;
        took.borrow_mut().clear();
        tokio::time::sleep(measured).await;
        askers.iter().all(|asker| !asker.is_finished())
    });
    let mut took = take(&mut *took.borrow_mut());
    took.sort();
    are_good?.then_some(took)
}

/// Asks `times` in all; `None` if one answer was not good.
pub(crate) fn send_requests(address: SocketAddr, load: Load, times: usize) -> Option<()> {
    block_on(async {
        let mut askers = JoinSet::new();
        for _ in 0..CONNECTIONS {
            askers.spawn_local(ask(address, load, times / CONNECTIONS, |_took| {}));
        }
        askers.join_all().await.into_iter().all(|asked| asked.is_ok())
    })?
    .then_some(())
}

fn block_on<T>(clients: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    Some(LocalSet::new().block_on(&runtime, clients))
}

/// Asks so many times, or until the server is gone or does not give what was asked for.
async fn ask(address: SocketAddr, load: Load, times: usize, took: impl Fn(Duration)) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!("GET {} HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n", load.path);
    let mut answer = Vec::with_capacity(256 * 1024);
    for _ in 0..times {
        let asked = Instant::now();
        stream.write_all(request.as_bytes()).await?;
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
        if !(load.is_expected)(head.status) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        took(asked.elapsed());
    }
    Ok(())
}

async fn read(stream: &mut TcpStream, answer: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(answer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// What the head of an answer says of its body.
struct Head {
    status: u16,
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
        Some(Head { status: head.get(9..12)?.parse().ok()?, body, length })
    }

    fn is_whole(&self, answer: &[u8]) -> bool {
        match self.length {
            Some(length) => answer.len() >= self.body + length,
            None => answer.ends_with(b"\r\n0\r\n\r\n") || &answer[self.body..] == b"0\r\n\r\n",
        }
    }
}
