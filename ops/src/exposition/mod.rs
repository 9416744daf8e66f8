//! Snapshots as bytes of one format.

mod number;
mod text;

use crate::registry::Metrics;
use std::io;

pub use text::write_text;

/// The `Content-Type` of the Prometheus text format 0.0.4.
pub const TEXT_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Metrics {
    /// Writes what the registry holds now in the Prometheus text format 0.0.4, families and series in order.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn write_text(&self, to: &mut impl io::Write) -> io::Result<()> {
        write_text(&self.snapshot(), to)
    }

    /// What [`write_text`](Metrics::write_text) writes, as a string.
    pub fn to_text(&self) -> String {
        let mut bytes = Vec::new();
        // Writing to memory does not fail, and what is written is made of strings.
        let _ = self.write_text(&mut bytes);
        String::from_utf8(bytes).unwrap_or_default()
    }
}
