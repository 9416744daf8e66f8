//! Hot reload: settings files are read again at an interval, and the last good version stays active.
//!
//! [`contents`] reads files that belong together as of one moment, [`Watched`] decides whether they take the place of what is
//! active, and [`watch`] looks again at an interval or on SIGHUP. What the files mean is a [`FileFormat`].

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
