//! Byte streams to a service, over any transport.

use tokio::io::{AsyncRead, AsyncWrite};

/// A bidirectional byte stream.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}
