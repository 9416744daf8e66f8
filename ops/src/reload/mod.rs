//! Hot reload: reads settings files, looks at them at an interval, and keeps the last good version.

mod settings_file;
mod watch;

#[cfg(feature = "tls")]
pub(crate) use settings_file::is_everyones_to_read;
pub(crate) use settings_file::{Followed, Refreshed, Unread, read};
pub(crate) use watch::watch;
