//! A TCP connector with name resolution and Happy Eyeballs.

use super::happy_eyeballs::connect_first;
use super::host_port::HostPort;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// A TCP connector to the address of a service, with name resolution and Happy Eyeballs (RFC 8305).
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
    /// Limits lookups to one at a time: a lookup occupies a blocking thread and cannot be canceled.
    lookup: Arc<Semaphore>,
}

/// A function that returns the addresses of a host in order of preference. May block.
type Resolve = dyn Fn(&HostPort) -> io::Result<Vec<SocketAddr>> + Send + Sync;

impl Connector {
    /// Creates a connector to `address` that uses the system's resolver.
    pub fn new(address: HostPort) -> Connector {
        Connector::with_resolver(address, |address| address.to_lookup().to_socket_addrs().map(Iterator::collect))
    }

    /// Creates a connector to `address` that looks up its host with `resolve`, on a blocking thread.
    pub fn with_resolver(
        address: HostPort,
        resolve: impl Fn(&HostPort) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Connector {
        Connector { address, resolve: Arc::new(resolve), lookup: Arc::new(Semaphore::new(1)) }
    }

    /// Returns the address of the service.
    pub fn address(&self) -> &HostPort {
        &self.address
    }

    /// Connects to the first address of the host that accepts the connection.
    ///
    /// There is no built-in timeout; apply one to the returned future. IP addresses are not looked up. A host with several
    /// addresses requires a tokio runtime with time enabled.
    ///
    /// # Errors
    /// If the lookup fails, or no address accepts the connection.
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
    async fn connects_to_the_first_address_that_accepts() {
        let (listener, good) = listener().await;
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let connector = Connector::with_resolver("db.internal:1".parse().unwrap(), move |_| Ok(vec![closed, good]));
        assert_eq!(connector.connect().await.unwrap().peer_addr().unwrap(), good);
        drop(listener);
    }

    #[tokio::test]
    async fn looks_up_names_only_and_on_another_thread() {
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
    async fn reports_a_failed_lookup() {
        let connector =
            Connector::with_resolver("db.internal:1".parse().unwrap(), |_| Err(io::Error::other("no such host")));
        assert_eq!(connector.connect().await.unwrap_err().to_string(), "no such host");
    }
}
