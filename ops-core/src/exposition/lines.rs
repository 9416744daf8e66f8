//! What the text formats have in common: a head for each family, and a line for each sample.

use super::buffer::{Buffer, copy};
use super::chunks::Chunks;
use super::number::{push_integer, short_integer};
use crate::metric::{HistogramValue, Total, Value};
use crate::snapshot::Family;

/// The lines of one family in one format.
pub(super) trait FamilyLines {
    /// Whether a counter is shown without exemplars and created time: as its labels and its total.
    const COUNTERS_ARE_TOTALS: bool = false;

    /// Appends what is said of the family before its first sample.
    fn push_head(&self, to: &mut Buffer);

    /// Appends the samples of one series.
    fn push_series(&mut self, to: &mut Buffer, labels: &str, value: &Value<'_>);

    /// Appends the samples of a few counters, of which nothing else is known.
    fn push_totals(&mut self, to: &mut Buffer, totals: &[Total<'_>]) {
        for total in totals {
            self.push_series(to, total.labels, &Value::counter(total.value));
        }
    }
}

/// Writes a family that has series.
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

/// What a line has beside its name and its labels: a suffix, a bound, two numbers and punctuation.
const LINE: usize = 72;

/// The name of a sample, as far as its labels.
pub(super) struct Sample {
    head: Vec<u8>,
    /// The same in one piece, if it is that short; what follows it is overwritten.
    short: Option<[u8; SHORT]>,
}

/// Most names are no longer.
const SHORT: usize = 32;
/// Most labels are no longer.
const LABELS: usize = 208;
/// The most that follows the labels of a line that is written at once.
const TAIL: usize = 16;

impl Sample {
    /// The sample `name` with `suffix`.
    pub(super) fn new(name: &str, suffix: &str) -> Self {
        let head = [name, suffix, "{"].concat().into_bytes();
        let mut padded = [0; SHORT];
        let short = padded.get_mut(..head.len()).map(|to| to.copy_from_slice(&head));
        Sample { short: short.map(|()| padded), head }
    }

    /// Appends the lines of a few totals; each in one piece, if it is one of most.
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

/// Writes a whole line: the first `len` bytes of `head`, labels, and a total as its digits and how many there are. How long
/// the line is.
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
        // Two words, and the end of the line among them: no byte is read again.
        let words = [digits << 16 | u64::from(u16::from_le_bytes(*b"} ")), digits >> 48];
        tail[..8].copy_from_slice(&words[0].to_le_bytes());
        tail[8..16].copy_from_slice(&words[1].to_le_bytes());
        tail[(2 + count) % TAIL] = b'\n';
    }
    end + 2 + count + 1
}

/// The lines of the buckets of a family. The texts of the bounds are those of the last series, if it had the same.
pub(super) struct BucketLines {
    sample: Sample,
    push_bound: fn(&mut Buffer, f64),
    bounds: Vec<f64>,
    /// `le="…"} ` for each bound, and for the one above them all.
    texts: Vec<Box<[u8]>>,
}

impl BucketLines {
    /// The buckets of the family `name`, with bounds as `push_bound` writes them.
    pub(super) fn new(name: &str, push_bound: fn(&mut Buffer, f64)) -> Self {
        BucketLines { sample: Sample::new(name, "_bucket"), push_bound, bounds: Vec::new(), texts: Vec::new() }
    }

    /// Appends a line a bucket, each ended by `end`, which is given the number of the bucket; the count of all.
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

/// Appends a help text, with what would end its line escaped, and quotes too where the format asks for that.
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
