//! Quoted UTF-8 metric names: rewrites lines that were encoded with a classic name.
//!
//! ```text
//! # TYPE http_requests_total counter      →  # TYPE "http.requests_total" counter
//! http_requests_total{path="/"} 3         →  {"http.requests_total",path="/"} 3
//! ```

use super::buffer::Buffer;
use super::lines::FamilyLines;
use crate::metric::Value;
use crate::name::{self, Escaping};
use crate::registry::FamilyInfo;

/// An encoder that replaces the classic name in the lines of another encoder with the quoted name.
pub(super) struct QuotedLines<L> {
    lines: L,
    /// The classic name that `lines` writes, without suffixes.
    classic: String,
    /// The quoted name, without suffixes and without the closing quote.
    quoted: String,
    written: Buffer,
}

/// Returns `info` with its name escaped to a classic name; `None` if it already is classic.
pub(super) fn classic(info: &FamilyInfo) -> Option<FamilyInfo> {
    (!name::is_metric_name(&info.name)).then(|| info.escaped(Escaping::Underscores).into_owned())
}

impl<L: FamilyLines> QuotedLines<L> {
    /// Creates an encoder of `info` from `lines`, the encoder of its `classic` form.
    pub(super) fn new(info: &FamilyInfo, classic: &FamilyInfo, lines: L) -> Self {
        let mut quoted = name::quoted(info.openmetrics_name());
        quoted.pop();
        QuotedLines { lines, classic: classic.openmetrics_name().to_owned(), quoted, written: Buffer::default() }
    }

    fn push_quoted(&self, to: &mut Buffer, lines: &[u8]) {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            // TYPE, HELP and UNIT have the same length.
            let (keyword, line) = line.split_at(if line.starts_with(b"#") { "# TYPE ".len() } else { 0 });
            let after_name = &line[self.classic.len()..];
            let end = after_name.iter().position(|byte| matches!(byte, b' ' | b'{')).unwrap_or(after_name.len());
            let (suffix, rest) = after_name.split_at(end);
            to.extend_from_slice(keyword);
            if keyword.is_empty() {
                to.push(b'{');
            }
            to.extend_from_slice(self.quoted.as_bytes());
            to.extend_from_slice(suffix);
            to.push(b'"');
            match rest {
                [b'{', labels @ ..] => {
                    to.push(b',');
                    to.extend_from_slice(labels);
                }
                _ if keyword.is_empty() => {
                    to.push(b'}');
                    to.extend_from_slice(rest);
                }
                _ => to.extend_from_slice(rest),
            }
        }
    }
}

impl<L: FamilyLines> FamilyLines for QuotedLines<L> {
    fn push_head(&self, to: &mut Buffer) {
        let mut head = Buffer::default();
        self.lines.push_head(&mut head);
        self.push_quoted(to, head.as_slice());
    }

    fn push_series(&mut self, to: &mut Buffer, labels: &str, value: &Value<'_>) {
        self.written.clear();
        self.lines.push_series(&mut self.written, labels, value);
        self.push_quoted(to, self.written.as_slice());
    }
}
