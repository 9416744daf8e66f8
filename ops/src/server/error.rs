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

/// Errors of starting and running a server.
///
/// Messages state the failure, its cause and the remedy. A `main` that returns `Result<(), ops::MainError>` prints them; see
/// [`MainError`](crate::MainError).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is invalid.
    Config {
        /// All errors of the configuration; never empty.
        errors: Vec<ConfigError>,
    },
    /// The address is invalid.
    Address {
        /// The rejected address.
        address: String,
        /// The reason, and the remedy.
        reason: String,
    },
    /// The address cannot be bound: it is in use, not assigned to this machine, or not permitted.
    Bind {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The Unix socket cannot be created.
    Socket {
        /// The path of the socket.
        path: PathBuf,
        /// The reason, and the remedy.
        reason: String,
    },
    /// Clients would send passwords over the network unencrypted.
    PlaintextCredentials {
        /// The address.
        address: Address,
    },
    /// No tokio runtime is active to run the health checks on.
    NoRuntime,
    /// The server thread or its runtime cannot be started.
    Start {
        /// The error of the operating system.
        source: io::Error,
    },
    /// Signal handlers cannot be installed.
    Signals {
        /// The error of the operating system.
        source: io::Error,
    },
    /// The service did not finish within its grace period, or a further signal arrived first.
    ///
    /// It was dropped with work in flight.
    Abandoned,
    /// The server thread ended unexpectedly.
    Ended,
}

/// Errors of the configuration of an [`Api`](crate::Api) and of the program's declarations.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// A health check cannot be registered.
    Health(HealthError),
    /// Metric declarations conflict.
    Metrics(RegistryError),
    /// The linker dropped registrations.
    Linkage(LinkageError),
    /// An expected check is missing.
    MissingCheck {
        /// The expected name.
        name: String,
        /// The names of the registered checks, sorted.
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
    /// Client certificates are optional, but no policy maps them to users.
    #[cfg(feature = "tls")]
    ClientCertificatesWithoutPolicy,
    /// The audit log cannot be written.
    Audit {
        /// The path of the file, unless the log goes elsewhere.
        path: Option<PathBuf>,
        /// The error of the operating system.
        source: io::Error,
    },
    /// An authorizer is set without a policy.
    AuthorizerWithoutPolicy,
    /// The key of a fact is reserved for a section of `/info`.
    ReservedFact {
        /// The key.
        key: String,
    },
    /// A host name is invalid.
    InvalidHost {
        /// The rejected name.
        name: String,
    },
}

impl Error {
    /// Converts the error of listening on `address`.
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
            // Configuration errors are independent of each other, so each is printed with its own sources.
            Error::Config { errors } => {
                for (index, error) in errors.iter().enumerate() {
                    write!(f, "{}{}", if index == 0 { "" } else { "\n" }, ErrorChain(error))?;
                }
                Ok(())
            }
            Error::Address { address, reason } => {
                write!(f, "cannot listen on `{}`: {reason}", address.escape_debug())
            }
            Error::Bind { address, source } => match reason_and_remedy(source) {
                Some(reason) => write!(f, "cannot listen on `{address}`: {reason}"),
                None => write!(f, "cannot listen on `{address}`"),
            },
            Error::Socket { path, reason } => write!(f, "cannot listen on the socket `{}`: {reason}", path.display()),
            Error::PlaintextCredentials { address } => write!(
                f,
                "cannot listen on `{address}`: passwords would cross the network unencrypted; enable TLS with `.tls(..)` \
                 (feature `tls`), listen on 127.0.0.1 behind a TLS proxy, or allow it with `.allow_plaintext_credentials()`"
            ),
            Error::NoRuntime => {
                f.write_str("cannot run health checks: no tokio runtime is active; call this inside `#[tokio::main]`")
            }
            Error::Start { .. } => f.write_str("cannot start the server thread"),
            Error::Signals { .. } => f.write_str("cannot install signal handlers"),
            Error::Abandoned => f.write_str(
                "service abandoned with work in flight: it did not finish in time after the shutdown signal; stop when \
                 `ShutdownSignal` completes, or raise `Termination::grace_period`",
            ),
            Error::Ended => f.write_str("server thread ended unexpectedly: it may have panicked; see standard error"),
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

/// Returns the reason that an address cannot be bound and the remedy, or `None` for less common errors.
fn reason_and_remedy(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::AddrInUse => Some("in use by another process; stop it or use another port"),
        io::ErrorKind::AddrNotAvailable => {
            Some("not an address of this machine; use 127.0.0.1, or 0.0.0.0 for all interfaces")
        }
        io::ErrorKind::PermissionDenied => Some("no permission; use a port from 1024 upward, such as 9464"),
        _ => None,
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigError::Health(error) => error.fmt(f),
            ConfigError::Metrics(error) => error.fmt(f),
            ConfigError::Linkage(error) => error.fmt(f),
            ConfigError::MissingCheck { name, known } => {
                write!(f, "health check `{}` is expected but not registered: ", name.escape_debug())?;
                match known.as_slice() {
                    [] => f.write_str("no checks are registered; ")?,
                    known => write!(f, "registered checks are `{}`; ", known.join("`, `"))?,
                }
                f.write_str("name the crate that declares it with `ops::link!(..)`")
            }
            ConfigError::MissingMetric { name } => write!(
                f,
                "metric `{}` is expected but not registered: no linked crate declares it; name the crate that declares it with \
                 `ops::link!(..)`",
                name.escape_debug()
            ),
            ConfigError::Policy(error) => error.fmt(f),
            #[cfg(feature = "tls")]
            ConfigError::Tls(error) => error.fmt(f),
            #[cfg(feature = "tls")]
            ConfigError::ClientCertificatesWithoutPolicy => f.write_str(
                "client certificates are accepted without a policy: the policy maps them to users; set one with \
                 `Api::builder().policy(..)`, or require certificates with `Tls::require_client_certificates(..)`",
            ),
            ConfigError::Audit { path: Some(path), .. } => {
                write!(f, "cannot write the audit log `{}`", path.display())
            }
            ConfigError::Audit { path: None, .. } => f.write_str("cannot write the audit log"),
            ConfigError::AuthorizerWithoutPolicy => f.write_str(
                "an authorizer is set without a policy: the policy defines the users; set one with `Api::builder().policy(..)`",
            ),
            ConfigError::ReservedFact { key } => {
                write!(f, "invalid fact `{key}`: the name is reserved for a section of `/info`; use another")
            }
            ConfigError::InvalidHost { name } => write!(
                f,
                "invalid host name `{}`: it must have neither scheme nor port; write it as in `ops.example`",
                name.escape_debug()
            ),
        }
    }
}

/// Variants that wrap an error display its message, so their source is that of the wrapped error.
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
