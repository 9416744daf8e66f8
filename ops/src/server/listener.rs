//! A listening socket, or an error that says what to do.

use super::Address;
use super::Error;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};

/// How many connections wait to be accepted before the kernel refuses more.
const BACKLOG: i32 = 1024;

/// Listens on the first of the addresses that `address` stands for where that is possible.
pub(super) async fn listen(address: &Address) -> Result<TcpListener, Error> {
    let mut refusal = Error::Address { address: address.to_string(), reason: "it stands for no address".to_owned() };
    for address in address.resolve().await? {
        match open(address) {
            Ok(listener) => return Ok(listener),
            Err(source) => refusal = Error::Bind { address, source },
        }
    }
    Err(refusal)
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A program that is restarted takes its address back while connections of the last run are still being closed.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
