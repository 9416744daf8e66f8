//! Errors of starting and running a server.

use super::Address;
use super::listen::ListenError;
use crate::error::ErrorChain;
use crate::health::HealthError;
use crate::linkage::LinkageError;
use crate::rbac::PolicyFileError;
use crate::registry::RegistryError;
use std::error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Reasons a server cannot start, or ends by itself.
///
/// The message is for the person who starts the program: what failed, why, and what to do. A `main` that returns
/// `Result<(), ops::MainError>` prints it; see [`MainError`](crate::MainError).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is invalid.
    Config {
        /// Every error of the configuration, not only the first; never empty.
        errors: Vec<ConfigError>,
    },
    /// The address is invalid.
    Address {
        /// The rejected address.
        address: String,
        /// Why it is invalid, and what to do.
        reason: String,
    },
    /// The address cannot be bound: in use, not of this machine, or not permitted.
    Bind {
        /// The address.
        address: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
    /// The Unix socket cannot be created.
    Socket {
        /// The path of the socket.
        path: PathBuf,
        /// Why it cannot be created, and what to do.
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
        /// The error of the system.
        source: io::Error,
    },
    /// Handlers of signals cannot be installed.
    Signals {
        /// The error of the system.
        source: io::Error,
    },
    /// The service did not end within its grace period, or before a further signal, and was abandoned with work in flight.
    Abandoned,
    /// The server ended by itself.
    Ended,
}

/// An error of the configuration of an [`Api`](crate::Api), or of what the program declares.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// A health check cannot be registered.
    Health(HealthError),
    /// Metrics of the program conflict.
    Metrics(RegistryError),
    /// Registrations are missing because of how the program was linked.
    Linkage(LinkageError),
    /// An expected check is missing.
    MissingCheck {
        /// The expected name.
        name: String,
        /// The names of the checks that exist, sorted.
        known: Vec<String>,
    },
    /// An expected metric family is missing.
    MissingMetric {
        /// The expected name.
        name: String,
    },
    /// The policy file is invalid.
    Policy(PolicyFileError),
    /// A TLS file is invalid.
    #[cfg(feature = "tls")]
    Tls(crate::tls::TlsError),
    /// Client certificates are optional, and there is no policy to map them to users.
    #[cfg(feature = "tls")]
    ClientCertificatesWithoutPolicy,
    /// The audit log cannot be written.
    Audit {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// The error of the system.
        source: io::Error,
    },
    /// There is an authorizer and no policy.
    AuthorizerWithoutPolicy,
    /// A fact has the name of a section of `/info`.
    ReservedFact {
        /// The name.
        key: String,
    },
    /// A host name is invalid.
    InvalidHost {
        /// The rejected name.
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
            // Several errors are no chain: each is printed here, with its own.
            Error::Config { errors } => {
                for (at, error) in errors.iter().enumerate() {
                    write!(f, "{}{}", if at == 0 { "" } else { "\n" }, ErrorChain(error))?;
                }
                Ok(())
            }
            Error::Address { address, reason } => {
                write!(f, "cannot listen on `{}`: {reason}", address.escape_debug())
            }
            Error::Bind { address, source } => write!(f, "cannot listen on {address}{}", Remedy(source)),
            Error::Socket { path, reason } => write!(f, "cannot listen on the socket {path:?}: {reason}"),
            Error::PlaintextCredentials { address } => write!(
                f,
                "passwords would cross the network in plain text at {address}: encrypt them with `.tls(..)` (feature `tls`), \
                 listen on 127.0.0.1 behind a proxy with TLS, or allow it with `.allow_plaintext_credentials()`"
            ),
            Error::NoRuntime => {
                f.write_str("there is no tokio runtime to run the health checks on: call this in `#[tokio::main]`")
            }
            Error::Start { .. } => f.write_str("the thread of the server cannot be started"),
            Error::Signals { .. } => f.write_str("the handlers of signals cannot be installed"),
            Error::Abandoned => f.write_str(
                "the service was abandoned with work in flight: it did not end in time after the signal to shut down; end such work \
                 when `ShutdownSignal` completes, or raise `Termination::grace_period`",
            ),
            Error::Ended => f.write_str("the server has ended by itself"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Error::Bind { source, .. } | Error::Start { source } | Error::Signals { source } => Some(source),
            Error::Config { .. }
            | Error::Address { .. }
            | Error::Socket { .. }
            | Error::PlaintextCredentials { .. }
            | Error::NoRuntime
            | Error::Abandoned
            | Error::Ended => None,
        }
    }
}

/// The common reasons an address cannot be bound and what to do, after a colon; nothing for others, which the source tells.
struct Remedy<'a>(&'a io::Error);

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind() {
            io::ErrorKind::AddrInUse => f.write_str(": another process listens there: end it, or use another port"),
            io::ErrorKind::AddrNotAvailable => f.write_str(
                ": no interface of this machine has that address: use 127.0.0.1, or 0.0.0.0 for all of them",
            ),
            io::ErrorKind::PermissionDenied => {
                f.write_str(": this process may not listen there: use a port from 1024 on, as 9464")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigError::Health(error) => error.fmt(f),
            ConfigError::Metrics(error) => error.fmt(f),
            ConfigError::Linkage(error) => error.fmt(f),
            ConfigError::MissingCheck { name, known } => {
                write!(f, "the health check `{}` is expected and not there: ", name.escape_debug())?;
                match known.as_slice() {
                    [] => f.write_str("no check is; ")?,
                    known => write!(f, "there are `{}`; ", known.join("`, `"))?,
                }
                f.write_str("name the crate that declares it with `ops::link!(..)`")
            }
            ConfigError::MissingMetric { name } => write!(
                f,
                "the metric `{}` is expected and not there: no linked item declares it; name the crate that \
                 declares it with `ops::link!(..)`",
                name.escape_debug()
            ),
            ConfigError::Policy(error) => error.fmt(f),
            #[cfg(feature = "tls")]
            ConfigError::Tls(error) => error.fmt(f),
            #[cfg(feature = "tls")]
            ConfigError::ClientCertificatesWithoutPolicy => f.write_str(
                "certificates of clients are accepted and there is no policy, which says whose they are: set one with \
                 `Api::builder().policy(..)`, or require certificates with `Tls::require_client_certificates(..)`",
            ),
            ConfigError::Audit { path: Some(path), .. } => {
                write!(f, "the audit log {} cannot be written", path.display())
            }
            ConfigError::Audit { path: None, .. } => f.write_str("the audit log cannot be written"),
            ConfigError::AuthorizerWithoutPolicy => f.write_str(
                "there is an authorizer and no policy, which says who there is: set one with `Api::builder().policy(..)`",
            ),
            ConfigError::ReservedFact { key } => {
                write!(f, "`{key}` is a section of `/info`: give the fact another name")
            }
            ConfigError::InvalidHost { name } => write!(
                f,
                "`{}` is not the name of a host: write it without a scheme and a port, as in `ops.example`",
                name.escape_debug()
            ),
        }
    }
}

/// A variant that wraps an error has its message, so the source is that of the wrapped error.
impl error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            ConfigError::Health(error) => error.source(),
            ConfigError::Metrics(error) => error.source(),
            ConfigError::Linkage(error) => error.source(),
            ConfigError::Policy(error) => error.source(),
            #[cfg(feature = "tls")]
            ConfigError::Tls(error) => error.source(),
            ConfigError::Audit { source, .. } => Some(source),
            #[cfg(feature = "tls")]
            ConfigError::ClientCertificatesWithoutPolicy => None,
            ConfigError::MissingCheck { .. }
            | ConfigError::MissingMetric { .. }
            | ConfigError::AuthorizerWithoutPolicy
            | ConfigError::ReservedFact { .. }
            | ConfigError::InvalidHost { .. } => None,
        }
    }
}
