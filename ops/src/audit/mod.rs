//! The tamper-evident audit log of mutations, refused mutations and failed logins.
//!
//! Each line is a JSON object. Its `hash` is the SHA-256 of the line up to that field, and its `prev` is the `hash` of the
//! previous line, so that [`verify`] finds the first line that was changed, removed or inserted. An attacker with write access
//! to the file can recompute the chain from any line on, so keep a copy of the log, or of its last hash, elsewhere.
//!
//! A log file may be rotated at any time by renaming or removing it (`create` in logrotate). No signal is required: the next
//! line goes to a new file at the same path and continues the chain. A [`Verifier`] reads the files of a chain, oldest first.
//!
//! ```
//! use ops::audit::verify;
//!
//! let summary = verify(&b""[..]).unwrap();
//! assert_eq!(summary.records, 0);
//! ```

mod appender;
mod chain;
mod file_sink;
mod log;
mod rate_limiter;
mod record;
mod sink;
mod verify;

// Documented as `rbac::Authentication`.
#[doc(hidden)]
pub use record::Authentication;
pub use sink::Sink;
pub use verify::{VerifiedLog, Verifier, VerifyError, verify};

pub(crate) use log::{AuditLog, Refused};
pub(crate) use record::{Actor, CertificateName, Event, Record};
pub(crate) use sink::Stderr;
