//! The write timeout, which disconnects clients that do not read.
//!
//! Short vectored writes are combined into one buffer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Maximum total length in bytes of slices that are combined into one buffer.
const SHORT: usize = 512;

/// A stream whose writes fail if they make no progress for `timeout`.
#[derive(Debug)]
pub(super) struct WriteTimeout<S> {
    stream: S,
    timeout: Duration,
    /// Deadline of the pending write.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> WriteTimeout<S> {
    pub(super) fn new(stream: S, timeout: Duration) -> WriteTimeout<S> {
        WriteTimeout { stream, timeout, deadline: None }
    }

    /// Applies the timeout to the `result` of a write.
    fn apply_timeout<T>(&mut self, context: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.deadline = None;
            return result;
        }
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(self.timeout)));
        deadline.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.apply_timeout(context, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let (mut buffer, mut length) = ([0; SHORT], 0);
        for slice in slices {
            let Some(room) = buffer.get_mut(length..length + slice.len()) else {
                let result = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
                return self.apply_timeout(context, result);
            };
            room.copy_from_slice(slice);
            length += slice.len();
        }
        self.poll_write(context, &buffer[..length])
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(context);
        self.apply_timeout(context, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(context);
        self.apply_timeout(context, result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn slow_write_that_makes_progress_does_not_time_out() {
        let (near, mut far) = tokio::io::duplex(1);
        let mut stream = WriteTimeout::new(near, Duration::from_secs(10));
        let reading = tokio::spawn(async move {
            for _ in 0..4 {
                sleep(Duration::from_secs(9)).await;
                far.read_u8().await.unwrap();
            }
        });
        let started = Instant::now();
        stream.write_all(b"slow").await.unwrap();
        assert!(started.elapsed() >= Duration::from_secs(27));
        reading.await.unwrap();
    }

    #[tokio::test]
    async fn vectored_writes_are_complete_and_in_order() {
        for lengths in [[0, 0, 0], [400, 3, 0], [SHORT - 1, 0, 1], [SHORT, 1, 1], [3, 5 * SHORT, 2]] {
            let (near, mut far) = tokio::io::duplex(10 * SHORT);
            let mut stream = WriteTimeout::new(near, Duration::from_secs(10));
            let parts: Vec<Vec<u8>> = (b'a'..).zip(lengths).map(|(byte, length)| vec![byte; length]).collect();
            let slices: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
            let written = stream.write_vectored(&slices).await.unwrap();
            drop(stream);
            let mut arrived = Vec::new();
            far.read_to_end(&mut arrived).await.unwrap();
            assert_eq!((written, arrived), (lengths.iter().sum(), parts.concat()), "{lengths:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn stalled_write_times_out() {
        let (near, _far) = tokio::io::duplex(1);
        let mut stream = WriteTimeout::new(near, Duration::from_secs(10));
        let started = Instant::now();
        assert_eq!(stream.write_all(b"lost").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), Duration::from_secs(10));
    }
}
