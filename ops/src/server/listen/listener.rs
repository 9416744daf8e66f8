//! Binds TCP and Unix sockets and accepts connections.

use super::address::ListenTarget;
#[cfg(unix)]
use super::unix_socket::{self, SocketFile};
use super::{Address, ListenError};
use crate::admin::{ClientAddr, Exposure};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{Shutdown, SocketAddr};
use tokio::net::{TcpListener, TcpStream};

/// Maximum length of the accept queue.
///
/// The kernel silently drops further connections, and their clients retry after a second. To absorb floods, this is the default
/// maximum of Linux (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;

/// A bound socket that is not yet registered with a runtime.
#[derive(Debug)]
pub(crate) enum BoundListener {
    Tcp(std::net::TcpListener),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener, SocketFile),
}

/// A listening socket that is registered with a runtime.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        listener: tokio::net::UnixListener,
        /// Removes the socket file with the listener.
        _file: SocketFile,
    },
}

/// An accepted connection.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

/// Listens on the first resolved address that can be bound.
///
/// # Errors
/// The last failure if none of them can be bound.
pub(crate) async fn listen(address: &Address) -> Result<BoundListener, ListenError> {
    let mut failure = ListenError::Address("the host has no address".to_owned());
    for target in address.resolve().await? {
        let address = match target {
            ListenTarget::Socket(address) => address,
            #[cfg(unix)]
            ListenTarget::UnixSocket(socket) => {
                return unix_socket::open(&socket).map(|(listener, file)| BoundListener::Unix(listener, file));
            }
        };
        match open(address) {
            Ok(listener) => return Ok(BoundListener::Tcp(listener)),
            Err(source) => failure = ListenError::Bind { address, source },
        }
    }
    Err(failure)
}

fn open(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Lets a restarted program bind the address while connections of its predecessor are in TIME_WAIT.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl BoundListener {
    /// Returns the bound address, with the assigned port if port 0 was requested.
    pub(crate) fn address(&self) -> io::Result<Address> {
        match self {
            BoundListener::Tcp(listener) => listener.local_addr().map(Address::from),
            #[cfg(unix)]
            BoundListener::Unix(_, file) => Ok(Address::from(file.path())),
        }
    }

    /// Returns the exposure of the address: loopback or network.
    pub(crate) fn exposure(&self) -> io::Result<Exposure> {
        let is_local = match self {
            BoundListener::Tcp(listener) => ClientAddr::new(listener.local_addr()?.ip()).is_local(),
            #[cfg(unix)]
            BoundListener::Unix(..) => true,
        };
        Ok(if is_local { Exposure::Loopback } else { Exposure::Network })
    }

    /// Registers the socket with the current runtime.
    pub(crate) fn start(self) -> io::Result<Listener> {
        match self {
            BoundListener::Tcp(listener) => TcpListener::from_std(listener).map(Listener::Tcp),
            #[cfg(unix)]
            BoundListener::Unix(listener, file) => {
                tokio::net::UnixListener::from_std(listener).map(|listener| Listener::Unix { listener, _file: file })
            }
        }
    }
}

impl Listener {
    /// Accepts a connection.
    pub(crate) async fn accept(&self) -> io::Result<(Stream, ClientAddr)> {
        match self {
            Listener::Tcp(listener) => {
                listener.accept().await.map(|(stream, peer)| (Stream::Tcp(stream), ClientAddr::new(peer.ip())))
            }
            #[cfg(unix)]
            Listener::Unix { listener, .. } => {
                listener.accept().await.map(|(stream, _peer)| (Stream::Unix(stream), ClientAddr::Local))
            }
        }
    }
}

impl Drop for Listener {
    /// Stops listening and releases the address.
    ///
    /// Closing the descriptor is not enough: a child process that another thread spawns holds a copy between `fork` and `exec`.
    fn drop(&mut self) {
        let socket = match &*self {
            Listener::Tcp(listener) => SockRef::from(listener),
            #[cfg(unix)]
            Listener::Unix { listener, .. } => SockRef::from(listener),
        };
        // Some systems do not support `shutdown` on listening sockets; closing the socket suffices there.
        let _ = socket.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpStream};

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn dropping_releases_the_address_despite_a_duplicated_descriptor() {
        let socket = open((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let (address, copy) = (socket.local_addr().unwrap(), socket.try_clone().unwrap());
        drop(BoundListener::Tcp(socket).start().unwrap());
        assert_eq!(TcpStream::connect(address).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(open(address).unwrap().local_addr().unwrap(), address);
        drop(copy);
    }
}
