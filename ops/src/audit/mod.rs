//! The audit log: who changed what, who was refused, and which logins failed, in lines that tell when one is missing.
//!
//! A line is a JSON object. Its `hash` is the SHA-256 of the line up to there, and its `prev` the `hash` of the line before:
//! [`verify`] names the first line that was changed, left out or put in. Whoever can write the file can also write all of it
//! anew from some line on, so keep a copy, or the last hash, where that one cannot.
//!
//! A log file may be rotated at any time, by renaming or removing it (`create` of logrotate): the next line goes to a new file at
//! its path and carries the chain on, without a signal. A [`Verifier`] reads the files of one chain, the oldest first.
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
mod record;
mod shares;
mod sink;
mod verify;

// Documented as `rbac::Authentication`.
#[doc(hidden)]
pub use record::Authentication;
pub use sink::Sink;
pub use verify::{VerifiedLog, Verifier, VerifyError, verify};

pub(crate) use log::{AuditLog, Refused};
pub(crate) use record::{Event, Record, ShownName, Actor};
pub(crate) use sink::Stderr;
