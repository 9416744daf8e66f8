//! What can go wrong between the declarations of a program and its server.

use super::Address;
use super::listen::ListenError;
use crate::health::HealthError;
use crate::rbac::PolicyFileError;
use crate::registry::RegistryError;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why there is no server.
///
/// The text is for the person who starts the program: what is wrong and what to do, in one line a problem. `Debug` is the
/// same text, as it is what a `main` that returns the error shows.
#[non_exhaustive]
pub enum Error {
    /// What the program declares cannot be served.
    Program {
        /// Everything that is wrong, not only the first of it; never empty.
        problems: Vec<Problem>,
    },
    /// What should be an address is none.
    Address {
        /// What was given.
        address: String,
        /// Why it is no address.
        reason: String,
    },
    /// The address cannot be had: taken, not of this machine, or not allowed.
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The Unix socket cannot be made.
    Socket {
        /// Where it was asked for.
        path: PathBuf,
        /// Why it cannot be made, and what to do.
        reason: String,
    },
    /// Passwords would cross a network in plain text.
    PlaintextCredentials {
        /// The address.
        address: Address,
    },
    /// There is no tokio runtime to run the checks on.
    NoRuntime,
    /// The server's thread or its runtime cannot be started.
    Start {
        /// What the system says.
        source: io::Error,
    },
    /// The system does not tell the program of signals.
    Signals {
        /// What the system says.
        source: io::Error,
    },
    /// The server ended by itself.
    Ended,
}

/// One thing that keeps a program from being served.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// A health check cannot be registered.
    Health(HealthError),
    /// Metrics of the program conflict.
    Metrics(RegistryError),
    /// A check that is expected is not there.
    MissingCheck {
        /// The name that is expected.
        name: String,
        /// The checks that are there, sorted.
        known: Vec<String>,
    },
    /// The policy file is none.
    Policy(PolicyFileError),
    /// The files of TLS are none.
    #[cfg(feature = "tls")]
    Tls(crate::tls::TlsError),
    /// Certificates of clients are optional, and there is no policy that could name users for them.
    #[cfg(feature = "tls")]
    ClientCertificatesWithoutPolicy,
    /// The audit log cannot be written.
    Audit {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// What the system says.
        source: io::Error,
    },
    /// There is an authorizer, and no policy whose users it could decide about.
    AuthorizerWithoutPolicy,
    /// A fact has the name of a section of `/info`.
    ReservedFact {
        /// The name.
        key: String,
    },
    /// What should be the name of a host is none.
    IllegalHost {
        /// What was given.
        name: String,
    },
}

impl Error {
    /// The error of a server that cannot listen on `address`.
    pub(super) fn from_listen(error: ListenError, address: &Address) -> Error {
        match error {
            ListenError::Address(reason) => Error::Address { address: address.to_string(), reason },
            ListenError::Bind { address, source } => Error::Bind { address, source },
            #[cfg(unix)]
            ListenError::Socket { path, reason } => Error::Socket { path, reason },
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Program { problems } => {
                for (at, problem) in problems.iter().enumerate() {
                    write!(f, "{}{problem}", if at == 0 { "" } else { "\n" })?;
                }
                Ok(())
            }
            Error::Address { address, reason } => {
                write!(f, "cannot listen on `{}`: {reason}", address.escape_debug())
            }
            Error::Bind { address, source } => write!(f, "cannot listen on {address}: {}", Remedy(source)),
            Error::Socket { path, reason } => write!(f, "cannot listen on the socket {path:?}: {reason}"),
            Error::PlaintextCredentials { address } => write!(
                f,
                "passwords would cross the network in plain text at {address}: encrypt them with `.tls(..)` (feature `tls`), \
                 listen on 127.0.0.1 behind a proxy with TLS, or allow it with `.allow_plaintext_credentials()`"
            ),
            Error::NoRuntime => {
                f.write_str("there is no tokio runtime to run the health checks on: call this in `#[tokio::main]`")
            }
            Error::Start { source } => write!(f, "the thread of the server cannot be started: {source}"),
            Error::Signals { source } => write!(f, "signals cannot be listened to: {source}"),
            Error::Ended => f.write_str("the server has ended by itself"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without a source: the text has the cause in it.
impl std::error::Error for Error {}

/// What to do about an error of the system.
struct Remedy<'a>(&'a io::Error);

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind() {
            io::ErrorKind::AddrInUse => f.write_str("another process listens there: end it, or use another port"),
            io::ErrorKind::AddrNotAvailable => {
                f.write_str("no interface of this machine has that address: use 127.0.0.1, or 0.0.0.0 for all of them")
            }
            io::ErrorKind::PermissionDenied => {
                f.write_str("this process may not listen there: use a port from 1024 on, as 9464")
            }
            _ => self.0.fmt(f),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Health(error) => error.fmt(f),
            Problem::Metrics(error) => error.fmt(f),
            Problem::MissingCheck { name, known } => {
                write!(f, "the health check `{}` is expected and not there: ", name.escape_debug())?;
                match known.as_slice() {
                    [] => f.write_str("no check is; ")?,
                    known => write!(f, "there are `{}`; ", known.join("`, `"))?,
                }
                f.write_str("name the crate that declares it with `ops::link!(..)`")
            }
            Problem::Policy(error) => error.fmt(f),
            #[cfg(feature = "tls")]
            Problem::Tls(error) => error.fmt(f),
            #[cfg(feature = "tls")]
            Problem::ClientCertificatesWithoutPolicy => f.write_str(
                "certificates of clients are accepted and there is no policy, which says whose they are: set one with \
                 `Api::builder().policy(..)`, or require certificates with `Tls::require_client_certificates(..)`",
            ),
            Problem::Audit { path: Some(path), source } => {
                write!(f, "the audit log {} cannot be written: {source}", path.display())
            }
            Problem::Audit { path: None, source } => write!(f, "the audit log cannot be written: {source}"),
            Problem::AuthorizerWithoutPolicy => f.write_str(
                "there is an authorizer and no policy, which says who there is: set one with `Api::builder().policy(..)`",
            ),
            Problem::ReservedFact { key } => {
                write!(f, "`{key}` is a section of `/info`: give the fact another name")
            }
            Problem::IllegalHost { name } => write!(
                f,
                "`{}` is not the name of a host: write it without a scheme and a port, as in `ops.example`",
                name.escape_debug()
            ),
        }
    }
}

impl std::error::Error for Problem {}
