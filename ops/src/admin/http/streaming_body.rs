//! Streaming response bodies: written on a blocking thread, sent by the server, with bounded memory.

use super::BufferPool;
use super::buffer_pool::Buffer;
use super::compression::{Compressor, ContentCoding};
use crate::admin::limits::ScrapePermit;
use axum::body::{Body, Bytes};
use hyper::body::Frame;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep_until};

/// Capacity of the channel from the writer to the reader, in parts.
const MAX_PENDING_PARTS: usize = 4;

/// Minimum length of a compressed body, in bytes.
const MIN_COMPRESSED: usize = 1024;

/// A message from the writer to the reader. A body without [`Part::End`] is incomplete.
enum Part {
    /// Content coding of the following parts.
    ContentCoding(ContentCoding),
    Bytes(Bytes),
    End,
}

/// The writing half of a body. Blocks, so it must be used on a blocking thread.
pub(crate) struct BodyWriter {
    parts: PartSender,
    buffers: Arc<BufferPool>,
    coding: ContentCoding,
    /// `None` before the first write.
    to: Option<Compressor<PartWriter>>,
}

/// The reading half of a body.
pub(crate) struct BodyReader(Receiver<Part>);

/// A body whose content coding is known.
pub(crate) struct StartedBody {
    pub(crate) coding: ContentCoding,
    /// Has a known length if it is short or buffered.
    pub(crate) body: Body,
}

/// The writer of the body was dropped before [`BodyWriter::finish`].
#[derive(Debug)]
pub(crate) struct BrokenBody;

/// Creates a body with this content coding.
///
/// Writing fails after `timeout`, or once `permit` is revoked.
pub(crate) fn streaming_body(
    coding: ContentCoding,
    timeout: Duration,
    permit: ScrapePermit,
    buffers: Arc<BufferPool>,
) -> (BodyWriter, BodyReader) {
    let (sender, receiver) = channel(MAX_PENDING_PARTS);
    let deadline = Instant::now() + timeout;
    let parts = PartSender { sender, runtime: Handle::current(), deadline, permit: Arc::new(permit) };
    (BodyWriter { parts, buffers, coding, to: None }, BodyReader(receiver))
}

impl BodyWriter {
    /// Completes the body. A body that is not completed is aborted.
    ///
    /// For a body of several parts, waits until the reader has taken all of them, so that unread parts are in memory only while
    /// the writer holds its permit.
    pub(crate) fn finish(self) -> io::Result<()> {
        if let Some(to) = self.to {
            let mut to = to.finish()?;
            to.flush()?;
            if to.parts > 1 {
                self.parts.wait(self.parts.sender.reserve_many(MAX_PENDING_PARTS))?;
            }
        }
        self.parts.send(Part::End)
    }
}

impl Write for BodyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let to = match &mut self.to {
            Some(to) => to,
            // A short body arrives in a single write.
            to => {
                let coding = if bytes.len() < MIN_COMPRESSED { ContentCoding::Identity } else { self.coding };
                self.parts.send(Part::ContentCoding(coding))?;
                let parts =
                    PartWriter { buffer: None, buffers: self.buffers.clone(), parts: 0, to: self.parts.clone() };
                to.insert(Compressor::new(coding, parts)?)
            }
        };
        to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Clone)]
struct PartSender {
    sender: Sender<Part>,
    runtime: Handle,
    deadline: Instant,
    /// Released when the writer is dropped.
    permit: Arc<ScrapePermit>,
}

impl PartSender {
    /// Sends a part. Blocks while the channel is full, until the deadline or until the permit is revoked.
    fn send(&self, part: Part) -> io::Result<()> {
        let part = match self.sender.try_send(part) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(io::ErrorKind::BrokenPipe.into()),
            Err(TrySendError::Full(part)) => part,
        };
        self.wait(self.sender.send(part)).map(drop)
    }

    /// Blocks on `sending`, until the deadline or until the permit is revoked.
    fn wait<T, E>(&self, sending: impl Future<Output = Result<T, E>>) -> io::Result<T> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                sent = sending => sent.map_err(|_closed| io::ErrorKind::BrokenPipe.into()),
                () = sleep_until(self.deadline) => Err(io::ErrorKind::TimedOut.into()),
                () = self.permit.revoked() => Err(io::ErrorKind::TimedOut.into()),
            }
        })
    }
}

/// A writer that splits its input into parts.
struct PartWriter {
    buffer: Option<Buffer>,
    buffers: Arc<BufferPool>,
    /// Number of parts sent.
    parts: usize,
    to: PartSender,
}

impl Write for PartWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let buffer = self.buffer.get_or_insert_with(|| self.buffers.take());
        let taken = buffer.push(bytes);
        if buffer.is_full() {
            self.flush()?;
        }
        Ok(taken)
    }

    /// Sends the buffered bytes as a part.
    fn flush(&mut self) -> io::Result<()> {
        match self.buffer.take() {
            None => Ok(()),
            Some(buffer) => {
                self.parts += 1;
                self.to.send(Part::Bytes(buffer.into_bytes()))
            }
        }
    }
}

impl BodyReader {
    /// Waits for the first parts and returns the body.
    ///
    /// A body of a single part has a known length. With `is_buffered`, waits for the complete body, which has a known length too.
    pub(crate) async fn start(mut self, is_buffered: bool) -> Result<StartedBody, BrokenBody> {
        let (mut coding, mut first) = (ContentCoding::Identity, VecDeque::new());
        loop {
            match self.0.recv().await {
                None => return Err(BrokenBody),
                Some(Part::End) => return Ok(StartedBody { coding, body: Body::from(joined(first)) }),
                Some(Part::ContentCoding(found)) => coding = found,
                Some(Part::Bytes(bytes)) => first.push_back(bytes),
            }
            if first.len() > 1 && !is_buffered {
                return Ok(StartedBody {
                    coding,
                    body: Body::new(StreamingBody { first, rest: self.0, ended: false }),
                });
            }
        }
    }
}

fn joined(mut parts: VecDeque<Bytes>) -> Bytes {
    match parts.len() {
        0 | 1 => parts.pop_front().unwrap_or_default(),
        _ => Vec::from(parts).concat().into(),
    }
}

/// A body that is sent while it is written.
struct StreamingBody {
    first: VecDeque<Bytes>,
    rest: Receiver<Part>,
    ended: bool,
}

impl hyper::body::Body for StreamingBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(bytes) = self.first.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        loop {
            let part = std::task::ready!(self.rest.poll_recv(context));
            self.ended = !matches!(part, Some(Part::ContentCoding(_) | Part::Bytes(_)));
            return Poll::Ready(match part {
                Some(Part::ContentCoding(_)) => continue,
                Some(Part::Bytes(bytes)) => Some(Ok(Frame::data(bytes))),
                Some(Part::End) => None,
                // Aborts the connection, so that the client detects the truncated body.
                None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::buffer_pool::CAPACITY as PART;
    use super::*;
    use crate::admin::Limits;
    use crate::admin::limits::{ClientAddr, ScrapeLimiter};
    use axum::body::to_bytes;
    use http_body_util::BodyExt;

    const LONG: Duration = Duration::from_secs(60);

    /// Creates a body whose permit is not contended.
    async fn body(coding: ContentCoding, timeout: Duration) -> (BodyWriter, BodyReader) {
        let limiter = ScrapeLimiter::new(&Limits::default());
        streaming_body(coding, timeout, limiter.acquire(ClientAddr::Local).await.unwrap(), Arc::default())
    }

    #[tokio::test]
    async fn short_body_is_uncompressed_and_has_a_length() {
        let (mut writer, reader) = body(ContentCoding::Gzip, LONG).await;
        writer.write_all(b"short").unwrap();
        writer.finish().unwrap();
        let started = reader.start(false).await.unwrap();
        assert_eq!(
            (started.coding, hyper::body::Body::size_hint(&started.body).exact()),
            (ContentCoding::Identity, Some(5))
        );
    }

    #[tokio::test]
    async fn small_writes_are_gathered_into_parts() {
        let (mut writer, reader) = body(ContentCoding::Identity, LONG).await;
        let written = tokio::task::spawn_blocking(move || {
            (0..3 * PART / 2 / 1024).try_for_each(|_| writer.write_all(&[b'x'; 1024]))?;
            writer.finish()
        });
        let mut started = reader.start(false).await.unwrap();
        let mut parts = Vec::new();
        while let Some(part) = started.body.frame().await {
            parts.push(part.unwrap().into_data().unwrap().len());
        }
        assert_eq!(parts, [PART, PART / 2]);
        written.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn dropping_the_writer_before_finish_aborts_the_body() {
        let (writer, reader) = body(ContentCoding::Identity, LONG).await;
        drop(writer);
        assert!(reader.start(false).await.is_err(), "before the first byte");

        let (mut writer, reader) = body(ContentCoding::Identity, LONG).await;
        for _ in 0..2 {
            writer.write_all(&[b'x'; PART]).unwrap();
        }
        let started = reader.start(false).await.unwrap();
        drop(writer);
        assert!(to_bytes(started.body, 10 * PART).await.is_err(), "after it");
    }

    #[tokio::test]
    async fn writer_fails_if_the_body_is_not_read() {
        let (mut writer, reader) = body(ContentCoding::Identity, Duration::from_millis(1)).await;
        let written = tokio::task::spawn_blocking(move || (0..10).try_for_each(|_| writer.write_all(&[b'x'; PART])));
        assert_eq!(written.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);

        let (mut writer, gone) = body(ContentCoding::Identity, LONG).await;
        drop(gone);
        assert_eq!(writer.write_all(&[b'x'; PART]).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        drop(reader);
    }

    #[tokio::test]
    async fn body_of_several_parts_holds_its_permit_until_they_are_read() {
        let (mut writer, reader) = body(ContentCoding::Identity, LONG).await;
        writer.write_all(&[b'x'; 2 * PART]).unwrap();
        let finished = tokio::task::spawn_blocking(move || writer.finish());
        let started = reader.start(false).await.unwrap();
        assert_eq!(to_bytes(started.body, 10 * PART).await.unwrap().len(), 2 * PART);
        finished.await.unwrap().unwrap();

        let (mut writer, reader) = body(ContentCoding::Identity, Duration::from_millis(1)).await;
        writer.write_all(&[b'x'; 2 * PART]).unwrap();
        let finished = tokio::task::spawn_blocking(move || writer.finish());
        assert_eq!(finished.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut, "not read");
        drop(reader);
    }

    #[tokio::test]
    async fn stalled_body_loses_its_permit_to_a_waiting_scrape() {
        let limits = Limits::default().scrape_write_timeout(Duration::from_millis(1)).max_concurrent_scrapes(1);
        let limiter = ScrapeLimiter::new(&limits);
        let permit = limiter.acquire(ClientAddr::Local).await.unwrap();
        let (mut writer, reader) = streaming_body(ContentCoding::Identity, LONG, permit, Arc::default());
        let written = tokio::task::spawn_blocking(move || (0..10).try_for_each(|_| writer.write_all(&[b'x'; PART])));
        assert!(limiter.acquire(ClientAddr::Local).await.is_ok());
        assert_eq!(written.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(reader);
    }

    #[tokio::test]
    async fn gzip_round_trips() {
        let text = "orders_total 1\n".repeat(1_000);
        let (mut writer, reader) = body(ContentCoding::Gzip, LONG).await;
        let expected = text.clone();
        let writing = tokio::task::spawn_blocking(move || {
            writer.write_all(text.as_bytes())?;
            writer.finish()
        });
        let started = reader.start(true).await.unwrap();
        writing.await.unwrap().unwrap();
        assert_eq!(started.coding, ContentCoding::Gzip);
        let bytes = to_bytes(started.body, 100_000).await.unwrap();
        let mut found = String::new();
        io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut found).unwrap();
        assert_eq!(found, expected);
    }

    #[cfg(feature = "zstd")]
    #[tokio::test]
    async fn zstd_round_trips() {
        let text = "orders_total 1\n".repeat(1_000);
        let (mut writer, reader) = body(ContentCoding::Zstd, LONG).await;
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().unwrap();
        let started = reader.start(true).await.unwrap();
        assert_eq!(started.coding, ContentCoding::Zstd);
        let bytes = to_bytes(started.body, 100_000).await.unwrap();
        assert_eq!(zstd::decode_all(&bytes[..]).unwrap(), text.as_bytes());
    }
}
