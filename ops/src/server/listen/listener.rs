//! A listening socket, or an error that says what to do.

use super::address::ListenTarget;
#[cfg(unix)]
use super::unix_socket::{self, SocketFile};
use super::{Address, ListenError};
use crate::admin::{ClientAddr, Exposure};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{Shutdown, SocketAddr};
use tokio::net::{TcpListener, TcpStream};

/// How many connections wait to be accepted before the kernel leaves more without an answer, for a second each. A flood
/// fills it, so it is as long as kernels let it be.
const BACKLOG: i32 = 4096;

/// A listening socket that is not registered with a runtime yet.
#[derive(Debug)]
pub(crate) enum BoundListener {
    Tcp(std::net::TcpListener),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener, SocketFile),
}

/// A listening socket on a runtime.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        listener: tokio::net::UnixListener,
        /// Goes with the listener.
        _file: SocketFile,
    },
}

/// An accepted stream.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

/// Listens on the first target of `address` that can be bound.
///
/// # Errors
/// The last failure, if none can be.
pub(crate) async fn listen(address: &Address) -> Result<BoundListener, ListenError> {
    let mut failure = ListenError::Address("it stands for no address".to_owned());
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
    // A program that is restarted takes its address back while connections of the last run are still being closed.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl BoundListener {
    /// Where it listens, with the port that was free if it was asked for port 0.
    pub(crate) fn address(&self) -> io::Result<Address> {
        match self {
            BoundListener::Tcp(listener) => listener.local_addr().map(Address::from),
            #[cfg(unix)]
            BoundListener::Unix(_, file) => Ok(Address::from(file.path())),
        }
    }

    /// Who can reach it.
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
    /// Nobody listens any more, and the address is free. To close it is not enough: a program that another thread starts has a
    /// copy until it is executed.
    fn drop(&mut self) {
        let socket = match &*self {
            Listener::Tcp(listener) => SockRef::from(listener),
            #[cfg(unix)]
            Listener::Unix { listener, .. } => SockRef::from(listener),
        };
        // What a system does not know to do for a listening socket it refuses, and it is closed all the same.
        let _ = socket.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpStream};

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn nobody_listens_once_it_is_dropped_though_a_program_that_is_being_started_has_a_copy() {
        let socket = open((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let (address, copy) = (socket.local_addr().unwrap(), socket.try_clone().unwrap());
        drop(BoundListener::Tcp(socket).start().unwrap());
        assert_eq!(TcpStream::connect(address).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(open(address).unwrap().local_addr().unwrap(), address);
        drop(copy);
    }
}
