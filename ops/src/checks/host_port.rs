//! Names of machines, looked up without leaving more than one look-up behind.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// A `host:port`.
#[derive(Clone, Debug)]
pub(super) struct HostPort {
    text: Arc<str>,
    /// A look-up blocks a thread and cannot be stopped: the next one waits until it is over.
    looking: Arc<Semaphore>,
}

impl HostPort {
    pub(super) fn new(text: impl Into<String>) -> Self {
        HostPort { text: text.into().into(), looking: Arc::new(Semaphore::new(1)) }
    }

    /// A connection to the first of its addresses that takes one.
    pub(super) async fn connect(&self) -> io::Result<TcpStream> {
        let mut refusal = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in self.addresses().await? {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = self.text.parse() {
            return Ok(vec![address]);
        }
        let place = self.looking.clone().acquire_owned().await.map_err(io::Error::other)?;
        let text = self.text.clone();
        let look_up = move || {
            let _place = place;
            text.to_socket_addrs().map(Iterator::collect)
        };
        tokio::task::spawn_blocking(look_up).await.map_err(io::Error::other)?
    }
}
