//! Hot reload of configuration files: on errors, the last good version stays active.
//!
//! [`contents`] reads a set of files consistently, [`Watched`] decides whether they replace the active version, and [`watch()`]
//! polls at an interval and on SIGHUP. A [`FileFormat`] parses the files.

mod contents;
mod hangup;
#[cfg(test)]
mod model_tests;
mod validity;
mod watch;
mod watched;

#[cfg(feature = "tls")]
pub(crate) use contents::is_readable_by_everyone;
#[cfg(feature = "certificate")]
pub(crate) use contents::read;
pub(crate) use contents::{Unread, absolute};
pub(crate) use hangup::Hangup;
pub(crate) use validity::{Standing, Validity};
pub(crate) use watch::watch;
pub(crate) use watched::{Contents, FileFormat, Refreshed, ReloadState, Watched};
