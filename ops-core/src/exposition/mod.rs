//! Exposition formats: encodes snapshots for scrapers.
//!
//! | format | `Content-Type` |
//! |---|---|
//! | [`Text_0_0_4`](Format::Text_0_0_4) | `text/plain; version=0.0.4; charset=utf-8` |
//! | [`Text_1_0_0`](Format::Text_1_0_0) | `text/plain; version=1.0.0; charset=utf-8; escaping=..` |
//! | [`OpenMetrics_1_0_0`](Format::OpenMetrics_1_0_0) | `application/openmetrics-text; version=1.0.0; charset=utf-8` |
//! | [`Protobuf`](Format::Protobuf) | `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited` |
//!
//! All formats are written from a [`Snapshot`], with families sorted by name and series by labels, so that output is
//! deterministic. Data that a format cannot represent is left out or converted:
//!
//! - The Prometheus text formats have no exemplars and no units.
//! - Only protobuf has native buckets. In text, a histogram with native buckets only is written with the single bucket `+Inf`.
//! - Infos and state sets are gauges, except in OpenMetrics.
//! - OpenMetrics forbids negative sums: a summary with a negative sum is written without it, a histogram with a sum of 0, and a
//!   histogram with a negative bound without sum and count.
//!
//! UTF-8 metric names, which a program has to opt in to, are quoted for scrapers that support it, and otherwise written in the
//! requested [`Escaping`] scheme.

mod buffer;
mod chunks;
mod format;
mod labels;
mod lines;
mod negotiation;
mod number;
mod openmetrics;
mod protobuf;
pub mod quality;
mod quoted;
#[cfg(test)]
mod tests;
mod text;
mod wire;

pub use crate::name::Escaping;
pub use format::{ContentType, Format};

use crate::registry::{FamilyInfo, Metrics};
use crate::snapshot::{Family, Snapshot};
use chunks::Chunks;
use openmetrics::OpenMetricsLines;
use quoted::QuotedLines;
use std::borrow::Cow;
use std::io;
use text::TextLines;

/// A configured encoder of snapshots: format, escaping scheme and filter.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::exposition::{Exposition, Format};
/// use ops::{Metrics, attr};
///
/// let metrics = Metrics::new();
/// metrics.counter("orders_total").add(2, &[attr("channel", "web")]);
/// metrics.gauge("queue_depth").set(7.0, &[]);
///
/// let mut bytes = Vec::new();
/// let exposition = Exposition::new(Format::OpenMetrics_1_0_0).only(["orders_total"]);
/// exposition.write(&metrics.snapshot(), &mut bytes)?;
/// assert_eq!(bytes, b"# TYPE orders counter\norders_total{channel=\"web\"} 2\n# EOF\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exposition {
    format: Format,
    escaping: Escaping,
    names: Vec<String>,
    created: bool,
    longest_message: usize,
}

impl Exposition {
    /// Creates an encoder that writes all families in `format`.
    pub fn new(format: Format) -> Self {
        let escaping = Escaping::default();
        Exposition { format, escaping, names: Vec::new(), created: false, longest_message: usize::MAX }
    }

    /// Writes only families that have one of these names, or a sample with one of these names.
    ///
    /// All families are written if `names` is empty, which is the default.
    #[must_use]
    pub fn only<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the escaping scheme of UTF-8 metric names.
    ///
    /// The default is [`Underscores`](Escaping::Underscores). Text 0.0.4 does not support quoted names, so
    /// [`AllowUtf8`](Escaping::AllowUtf8) also means underscores there.
    #[must_use]
    pub fn escaping(mut self, escaping: Escaping) -> Self {
        self.escaping = escaping;
        self
    }

    /// Enables OpenMetrics `_created` samples, which hold the creation time of each series.
    ///
    /// Off by default, because a Prometheus without support for them stores each as another series. Protobuf always contains
    /// the creation time.
    #[must_use]
    pub fn created_samples(mut self, created: bool) -> Self {
        self.created = created;
        self
    }

    /// Sets the size of a protobuf message, in bytes, at which a family continues in another message.
    ///
    /// By default, each family is one message of unlimited size, which is held in memory. Prometheus accepts several messages per
    /// family; the Pushgateway keeps only the last one.
    #[must_use]
    pub fn longest_message(mut self, bytes: usize) -> Self {
        self.longest_message = bytes;
        self
    }

    /// Writes `snapshot` to `to` in chunks of at most 8 KiB.
    ///
    /// One chunk is buffered in memory, and for protobuf also one message.
    ///
    /// # Errors
    /// Returns the first error of `to`, which is not written to again.
    pub fn write(&self, snapshot: &Snapshot, to: &mut dyn io::Write) -> io::Result<()> {
        match self.format {
            Format::Text_0_0_4 | Format::Text_1_0_0 => self.write_text(snapshot, to),
            Format::OpenMetrics_0_0_1 | Format::OpenMetrics_1_0_0 => self.write_openmetrics(snapshot, to),
            Format::Protobuf => self.write_protobuf(snapshot, to),
        }
    }

    fn write_text(&self, snapshot: &Snapshot, to: &mut dyn io::Write) -> io::Result<()> {
        let mut chunks = Chunks::new(to);
        for (info, family) in &self.families(snapshot) {
            let family = family.with_info(info);
            match quoted::classic(info) {
                _ if !chunks.is_open() => break,
                None => lines::write_family(family, TextLines::new(info), &mut chunks),
                Some(classic) => {
                    let lines = QuotedLines::new(info, &classic, TextLines::new(&classic));
                    lines::write_family(family, lines, &mut chunks);
                }
            }
        }
        chunks.finish()
    }

    fn write_openmetrics(&self, snapshot: &Snapshot, to: &mut dyn io::Write) -> io::Result<()> {
        let created = self.created.then(|| snapshot.created());
        let mut chunks = Chunks::new(to);
        let mut families = self.families(snapshot);
        // The spec recommends that `target_info`, which describes the target, comes first.
        families.sort_by_key(|(info, _)| info.openmetrics_name() != "target");
        for (info, family) in &families {
            let family = family.with_info(info);
            match quoted::classic(info) {
                _ if !chunks.is_open() => break,
                None => lines::write_family(family, OpenMetricsLines::new(info, created), &mut chunks),
                Some(classic) => {
                    let lines = QuotedLines::new(info, &classic, OpenMetricsLines::new(&classic, created));
                    lines::write_family(family, lines, &mut chunks);
                }
            }
        }
        if let Some(to) = chunks.room(openmetrics::END.len()) {
            to.extend_from_slice(openmetrics::END);
        }
        chunks.finish()
    }

    fn write_protobuf(&self, snapshot: &Snapshot, to: &mut dyn io::Write) -> io::Result<()> {
        let mut chunks = Chunks::new(to);
        let mut message = Vec::new();
        for (info, family) in &self.families(snapshot) {
            if chunks.is_open() {
                let family = family.with_info(info);
                protobuf::write_family(family, snapshot.created(), self.longest_message, &mut message, &mut chunks);
            }
        }
        chunks.finish()
    }

    /// Returns the families to write with their escaped metadata, sorted by escaped name.
    fn families<'a>(&self, snapshot: &'a Snapshot) -> Vec<(Cow<'a, FamilyInfo>, Family<'a>)> {
        let escaping = match (self.format, self.escaping) {
            (Format::Text_0_0_4, Escaping::AllowUtf8) => Escaping::Underscores,
            (_, escaping) => escaping,
        };
        let families = snapshot.families().filter(|family| self.has(*family));
        let mut families: Vec<_> = families.map(|family| (family.info().escaped(escaping), family)).collect();
        families.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        families
    }

    fn has(&self, family: Family<'_>) -> bool {
        let info = family.info();
        let is_named = |name: &String| *name == info.name || info.names().contains(name);
        self.names.is_empty() || self.names.iter().any(is_named)
    }
}

/// Encoding of the current metrics; defined here because the registry does not depend on this module.
impl Metrics {
    /// Writes the current metrics in the Prometheus text format 0.0.4.
    ///
    /// # Errors
    /// Returns the first error of `to`.
    pub fn write_text(&self, to: &mut impl io::Write) -> io::Result<()> {
        Exposition::new(Format::Text_0_0_4).write(&self.snapshot(), to)
    }

    /// Writes the current metrics in OpenMetrics text 1.0.0.
    ///
    /// # Errors
    /// Returns the first error of `to`.
    pub fn write_openmetrics(&self, to: &mut impl io::Write) -> io::Result<()> {
        Exposition::new(Format::OpenMetrics_1_0_0).write(&self.snapshot(), to)
    }

    /// Writes the current metrics as delimited protobuf messages.
    ///
    /// Each message is prefixed with its length, so one family at a time is buffered in memory.
    ///
    /// # Errors
    /// Returns the first error of `to`.
    pub fn write_protobuf(&self, to: &mut impl io::Write) -> io::Result<()> {
        Exposition::new(Format::Protobuf).write(&self.snapshot(), to)
    }

    /// Returns the output of [`write_text`](Metrics::write_text) as a string.
    pub fn to_text(&self) -> String {
        let mut bytes = Vec::new();
        // Writing to a `Vec` never fails, and the text formats are UTF-8.
        let _ = self.write_text(&mut bytes);
        String::from_utf8(bytes).unwrap_or_default()
    }
}
