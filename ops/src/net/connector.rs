//! Connections to the address of a service.

use super::happy_eyeballs::connect_first;
use super::host_port::HostPort;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// Connects to the address of a service: looks up its host and tries the addresses by Happy Eyeballs (RFC 8305).
///
/// ```
/// use ops::net::Connector;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let connector = Connector::new(listener.local_addr()?.try_into()?);
/// assert_eq!(connector.connect().await?.peer_addr()?, listener.local_addr()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connector {
    address: HostPort,
    resolve: Arc<Resolve>,
    /// A look-up blocks a thread and cannot be stopped: the next one waits until it is over.
    lookup: Arc<Semaphore>,
}

/// Returns the addresses of a host and a port, in the order to prefer. May block.
type Resolve = dyn Fn(&HostPort) -> io::Result<Vec<SocketAddr>> + Send + Sync;

impl Connector {
    /// A connector to `address`, with the resolver of the system.
    pub fn new(address: HostPort) -> Connector {
        Connector::with_resolver(address, |address| address.to_lookup().to_socket_addrs().map(Iterator::collect))
    }

    /// A connector to `address`, whose host `resolve` looks up; it may block, on a thread of its own.
    pub fn with_resolver(
        address: HostPort,
        resolve: impl Fn(&HostPort) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Connector {
        Connector { address, resolve: Arc::new(resolve), lookup: Arc::new(Semaphore::new(1)) }
    }

    /// The address.
    pub fn address(&self) -> &HostPort {
        &self.address
    }

    /// Connects to the first of the addresses that accepts. The caller sets the deadline; a literal address needs no look-up.
    ///
    /// A host with several addresses needs a tokio runtime with its timer.
    ///
    /// # Errors
    /// If the host cannot be looked up, or no address accepts.
    pub async fn connect(&self) -> io::Result<TcpStream> {
        connect_first(self.addresses().await?, TcpStream::connect).await
    }

    async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        if let Some(address) = self.address.socket_addr() {
            return Ok(vec![address]);
        }
        let permit = self.lookup.clone().acquire_owned().await.map_err(io::Error::other)?;
        let (address, resolve) = (self.address.clone(), self.resolve.clone());
        let look_up = move || {
            let _permit = permit;
            resolve(&address)
        };
        tokio::task::spawn_blocking(look_up).await.map_err(io::Error::other)?
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::net::TcpListener;

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[tokio::test]
    async fn a_name_is_connected_to_at_the_first_address_that_accepts() {
        let (listener, good) = listener().await;
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let connector = Connector::with_resolver("db.internal:1".parse().unwrap(), move |_| Ok(vec![closed, good]));
        assert_eq!(connector.connect().await.unwrap().peer_addr().unwrap(), good);
        drop(listener);
    }

    #[tokio::test]
    async fn a_literal_address_is_not_looked_up_and_a_lookup_is_not_on_this_thread() {
        let (_listener, good) = listener().await;
        let lookups = Arc::new(AtomicUsize::new(0));
        let counted = lookups.clone();
        let here = std::thread::current().id();
        let resolve = move |_: &HostPort| {
            assert_ne!(std::thread::current().id(), here);
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(vec![good])
        };
        let literal = Connector::with_resolver(good.try_into().unwrap(), resolve.clone());
        literal.connect().await.unwrap();
        assert_eq!(lookups.load(Ordering::Relaxed), 0);
        Connector::with_resolver("db.internal:1".parse().unwrap(), resolve).connect().await.unwrap();
        assert_eq!(lookups.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_failed_lookup_is_told() {
        let connector =
            Connector::with_resolver("db.internal:1".parse().unwrap(), |_| Err(io::Error::other("no such host")));
        assert_eq!(connector.connect().await.unwrap_err().to_string(), "no such host");
    }
}
