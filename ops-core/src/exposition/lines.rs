//! Shared code of the text formats: a header per family and a line per sample.

use super::buffer::{Buffer, copy};
use super::chunks::Chunks;
use super::number::{push_integer, short_integer};
use crate::metric::{HistogramValue, Total, Value};
use crate::snapshot::Family;

/// The encoder of one family in a text format.
pub(super) trait FamilyLines {
    /// `true` if counters have neither exemplars nor creation times in this format.
    const COUNTERS_ARE_TOTALS: bool = false;

    /// Appends the metadata lines before the first sample.
    fn push_head(&self, to: &mut Buffer);

    /// Appends the samples of one series.
    fn push_series(&mut self, to: &mut Buffer, labels: &str, value: &Value<'_>);

    /// Appends the samples of a batch of counters.
    fn push_totals(&mut self, to: &mut Buffer, totals: &[Total<'_>]) {
        for total in totals {
            self.push_series(to, total.labels, &Value::counter(total.value));
        }
    }
}

/// Writes `family`, or nothing if it has no series.
pub(super) fn write_family<L: FamilyLines>(family: Family<'_>, mut format: L, to: &mut Chunks<'_>) {
    let info = family.info();
    let mut head = 4 * (info.name.len() + 16) + 2 * info.help.len();
    if L::COUNTERS_ARE_TOTALS
        && family.for_each_total(|totals| {
            let labels: usize = totals.iter().map(|series| series.labels.len()).sum();
            let Some(to) = to.room(head + labels + totals.len() * (info.name.len() + LINE)) else { return };
            if head > 0 && !totals.is_empty() {
                head = 0;
                format.push_head(to);
            }
            format.push_totals(to, totals);
        })
    {
        return;
    }
    family.for_each(|labels, value| {
        let line = info.name.len() + labels.len() + LINE;
        let lines = if let Value::Histogram(histogram) = &value { histogram.buckets.len() + 3 } else { 4 };
        let Some(to) = to.room(head + line * lines) else { return };
        if head > 0 {
            head = 0;
            format.push_head(to);
        }
        format.push_series(to, labels, &value);
    });
}

/// Estimated length of a line besides name and labels: suffix, bound, two numbers and punctuation.
const LINE: usize = 72;

/// The prefix of a sample line: its name and the opening brace.
pub(super) struct Sample {
    head: Vec<u8>,
    /// `head` padded to a fixed size, if it fits, so that it is copied without a length check.
    short: Option<[u8; SHORT]>,
}

/// Maximum length of a name with a fixed-size copy; most names are shorter.
const SHORT: usize = 32;
/// Maximum length of labels on the fast path; most are shorter.
const LABELS: usize = 208;
/// Maximum length of a line after its labels, on the fast path.
const TAIL: usize = 16;

impl Sample {
    /// Creates the prefix of samples named `name` followed by `suffix`.
    pub(super) fn new(name: &str, suffix: &str) -> Self {
        let head = [name, suffix, "{"].concat().into_bytes();
        let mut padded = [0; SHORT];
        let short = padded.get_mut(..head.len()).map(|to| to.copy_from_slice(&head));
        Sample { short: short.map(|()| padded), head }
    }

    /// Appends a line per total, on the fast path if its name, labels and value are short.
    #[inline]
    pub(super) fn push_totals(&self, to: &mut Buffer, totals: &[Total<'_>]) {
        let len = self.head.len();
        for total in totals {
            match (&self.short, short_integer(total.value)) {
                (Some(head), Some(digits)) if len <= SHORT && (1..=LABELS).contains(&total.labels.len()) => {
                    to.push_with(|line| push_line(line, head, len, total.labels.as_bytes(), digits));
                }
                _ => {
                    self.push(to, total.labels);
                    push_integer(to, total.value);
                    to.push(b'\n');
                }
            }
        }
    }

    /// Appends the name, the labels and the space before the value.
    #[inline(always)]
    pub(super) fn push(&self, to: &mut Buffer, labels: &str) {
        if labels.is_empty() {
            to.extend_from_slice(&self.head[..self.head.len() - 1]);
            to.push(b' ');
        } else {
            to.extend_from_slice(&self.head);
            to.extend_from_slice(labels.as_bytes());
            to.push_all(*b"} ");
        }
    }
}

/// Writes a whole line and returns its length.
///
/// The line consists of the first `len` bytes of `head`, the labels, and a total as its digits and their number.
#[inline(always)]
fn push_line(
    line: &mut [u8; SHORT + LABELS + TAIL],
    head: &[u8; SHORT],
    len: usize,
    labels: &[u8],
    (digits, count): (u64, usize),
) -> usize {
    let end = len + labels.len();
    line[..SHORT].copy_from_slice(head);
    if let Some(to_labels) = line.get_mut(len..end) {
        copy(to_labels, labels);
    }
    if let Some(tail) = line.get_mut(end..).and_then(<[u8]>::first_chunk_mut::<TAIL>) {
        // The tail is two words; then the line feed overwrites the byte after the digits, without a read.
        let words = [digits << 16 | u64::from(u16::from_le_bytes(*b"} ")), digits >> 48];
        tail[..8].copy_from_slice(&words[0].to_le_bytes());
        tail[8..16].copy_from_slice(&words[1].to_le_bytes());
        tail[(2 + count) % TAIL] = b'\n';
    }
    end + 2 + count + 1
}

/// The encoder of the bucket lines of a family; caches the text of the bounds between series.
pub(super) struct BucketLines {
    sample: Sample,
    push_bound: fn(&mut Buffer, f64),
    bounds: Vec<f64>,
    /// `le="…"} ` for each bound and for `+Inf`.
    texts: Vec<Box<[u8]>>,
}

impl BucketLines {
    /// Creates an encoder of the buckets of the family `name`, whose bounds `push_bound` formats.
    pub(super) fn new(name: &str, push_bound: fn(&mut Buffer, f64)) -> Self {
        BucketLines { sample: Sample::new(name, "_bucket"), push_bound, bounds: Vec::new(), texts: Vec::new() }
    }

    /// Appends a line per bucket and returns the total count.
    ///
    /// `end` is called with the index of each bucket to complete its line.
    #[inline]
    pub(super) fn push(
        &mut self,
        to: &mut Buffer,
        labels: &str,
        histogram: &HistogramValue<'_>,
        mut end: impl FnMut(&mut Buffer, usize),
    ) -> u64 {
        if self.bounds != histogram.bounds || self.texts.is_empty() {
            self.set_bounds(histogram.bounds);
        }
        let from = to.len();
        to.extend_from_slice(&self.sample.head);
        if !labels.is_empty() {
            to.extend_from_slice(labels.as_bytes());
            to.push(b',');
        }
        let head = from..to.len();
        let mut cumulative = 0_u64;
        for (bucket, (count, text)) in histogram.buckets.iter().zip(&self.texts).enumerate() {
            if bucket > 0 {
                to.extend_from_within(head.clone());
            }
            to.extend_from_slice(text);
            cumulative = cumulative.saturating_add(*count);
            push_integer(to, cumulative);
            end(to, bucket);
            to.push(b'\n');
        }
        cumulative
    }

    fn set_bounds(&mut self, bounds: &[f64]) {
        self.bounds = bounds.to_vec();
        let text = |bound: f64| {
            let mut text = Buffer::default();
            text.extend_from_slice(b"le=\"");
            (self.push_bound)(&mut text, bound);
            text.extend_from_slice(b"\"} ");
            text.as_slice().into()
        };
        self.texts = bounds.iter().copied().chain([f64::INFINITY]).map(text).collect();
    }
}

/// Appends all of `parts`.
pub(super) fn push(to: &mut Buffer, parts: &[&str]) {
    for part in parts {
        to.extend_from_slice(part.as_bytes());
    }
}

/// Appends a help text with backslashes and line feeds escaped, and quotes as well if `quotes` is set.
pub(super) fn push_help(to: &mut Buffer, help: &str, quotes: bool) {
    for byte in help.bytes() {
        match byte {
            b'\\' => to.extend_from_slice(b"\\\\"),
            b'\n' => to.extend_from_slice(b"\\n"),
            b'"' if quotes => to.extend_from_slice(b"\\\""),
            _ => to.push(byte),
        }
    }
}
