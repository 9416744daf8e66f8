//! Snapshots as bytes of one format.
//!
//! | format | `Content-Type` |
//! |---|---|
//! | [`Text_0_0_4`](Format::Text_0_0_4) | `text/plain; version=0.0.4; charset=utf-8` |
//! | [`Text_1_0_0`](Format::Text_1_0_0) | `text/plain; version=1.0.0; charset=utf-8; escaping=..` |
//! | [`OpenMetrics_1_0_0`](Format::OpenMetrics_1_0_0) | `application/openmetrics-text; version=1.0.0; charset=utf-8` |
//! | [`Protobuf`](Format::Protobuf) | `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited` |
//!
//! All are written from one [`Snapshot`], families by name and series by labels, so that the same state is the same bytes.
//! What a format has no way to say it leaves out: text has neither exemplars nor units, and it shows a histogram that has
//! only native buckets as its count and its sum; only protobuf has native buckets; infos and state sets are gauges but in
//! OpenMetrics, which has no negative sums: a summary is left without its sum, a histogram has a sum of 0. Metric names that are not of the classic grammar, which a program has to ask for, are in quotes for those
//! who read that, and otherwise as their [`Escaping`] has them.

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

/// How a snapshot is written: in which format, which of its families, and what goes with them.
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
    /// All families in `format`.
    pub fn new(format: Format) -> Self {
        let escaping = Escaping::default();
        Exposition { format, escaping, names: Vec::new(), created: false, longest_message: usize::MAX }
    }

    /// Keeps only the families that have one of these names, or a sample of such a name; all if there are no names.
    #[must_use]
    pub fn only<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how names are written that are not of the classic grammar; only a program has some that asked for such names.
    ///
    /// [`Underscores`](Escaping::Underscores), as for whoever asks for no scheme. Text 0.0.4 has no quotes for
    /// [`AllowUtf8`](Escaping::AllowUtf8), and writes underscores in their place.
    #[must_use]
    pub fn escaping(mut self, escaping: Escaping) -> Self {
        self.escaping = escaping;
        self
    }

    /// Sets whether OpenMetrics has a sample `_created` for each series: the time since which it counts.
    ///
    /// Off, as a Prometheus that does not look for them makes a series of each. Protobuf always has the time.
    #[must_use]
    pub fn created_samples(mut self, created: bool) -> Self {
        self.created = created;
        self
    }

    /// Sets how long a protobuf message may become, in bytes, before a family goes on in another one of the same name.
    ///
    /// Unlimited: a family is one message, which is held in memory. Prometheus reads families in several messages; the
    /// Pushgateway keeps only the last of them.
    #[must_use]
    pub fn longest_message(mut self, bytes: usize) -> Self {
        self.longest_message = bytes;
        self
    }

    /// Writes `snapshot`, at most 8 KiB at once.
    ///
    /// Holds one such chunk in memory; in protobuf one message, too.
    ///
    /// # Errors
    /// Those of `to`; it is not written to again after one.
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
            let family = family.declared(info);
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
        // What says which target this is comes first.
        families.sort_by_key(|(info, _)| info.openmetrics_name() != "target");
        for (info, family) in &families {
            let family = family.declared(info);
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
                let family = family.declared(info);
                protobuf::write_family(family, snapshot.created(), self.longest_message, &mut message, &mut chunks);
            }
        }
        chunks.finish()
    }

    /// The families that are written, by name, and as what each is declared.
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

/// Exposition, two layers above the registry.
impl Metrics {
    /// Writes what the registry holds now in the Prometheus text format 0.0.4, families and series in order.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn write_text(&self, to: &mut impl io::Write) -> io::Result<()> {
        Exposition::new(Format::Text_0_0_4).write(&self.snapshot(), to)
    }

    /// Writes what the registry holds now in OpenMetrics text 1.0.0, families and series in order.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn write_openmetrics(&self, to: &mut impl io::Write) -> io::Result<()> {
        Exposition::new(Format::OpenMetrics_1_0_0).write(&self.snapshot(), to)
    }

    /// Writes what the registry holds now as delimited protobuf messages, families and series in order.
    ///
    /// A message has its length before it, so one family at a time is held in memory.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn write_protobuf(&self, to: &mut impl io::Write) -> io::Result<()> {
        Exposition::new(Format::Protobuf).write(&self.snapshot(), to)
    }

    /// What [`write_text`](Metrics::write_text) writes, as a string.
    pub fn to_text(&self) -> String {
        let mut bytes = Vec::new();
        // Writing to memory does not fail, and what is written is made of strings.
        let _ = self.write_text(&mut bytes);
        String::from_utf8(bytes).unwrap_or_default()
    }
}
