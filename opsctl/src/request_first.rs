//! A stream that delays the response until the request is written.
//!
//! A minimal server, such as a shell script, may respond and close before it has read the request. hyper treats both an early
//! response and a failed write of the request as errors.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose reads wait for the first write, and whose writes never fail.
pub(super) struct RequestFirst<S> {
    stream: S,
    /// Set once a write has completed.
    is_written: bool,
    /// Task whose read waits for the first write.
    reader: Option<Waker>,
}

impl<S> RequestFirst<S> {
    pub(super) fn new(stream: S) -> RequestFirst<S> {
        RequestFirst { stream, is_written: false, reader: None }
    }

    /// Completes a write: wakes the reader, and treats a failed write as successful.
    ///
    /// After a failed write, the next read returns either the response or an error.
    fn written(&mut self, written: Poll<io::Result<usize>>, length: usize) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.is_written = true;
            self.reader.take().into_iter().for_each(Waker::wake);
        }
        written.map(|written| Ok(written.unwrap_or(length)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RequestFirst<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.is_written {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RequestFirst<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(written, bytes.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.written(written, buffers.iter().map(|buffer| buffer.len()).sum())
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context).map(|_flushed| Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
