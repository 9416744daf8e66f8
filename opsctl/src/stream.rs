//! Byte streams to a service, over TCP or a Unix socket, with or without TLS.

use tokio::io::{AsyncRead, AsyncWrite};

/// A bidirectional byte stream.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}
