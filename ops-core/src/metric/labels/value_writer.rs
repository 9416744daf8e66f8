//! Writes a label value: escaped for the text formats, or verbatim for a lookup key.

use crate::utf8::floor_char_boundary;
use std::fmt::{self, Write};

/// Maximum length of a label value in bytes; longer values are truncated to bound the size of a scrape.
pub(crate) const MAX_VALUE: usize = 1024;

/// A writer for a label value that escapes `\`, `"` and line feeds.
///
/// Values are truncated to 1,024 bytes.
#[derive(Debug)]
pub struct ValueWriter<'a> {
    text: &'a mut String,
    is_escaped: bool,
    /// Number of bytes that may still be written.
    room: usize,
    absent: bool,
}

impl<'a> ValueWriter<'a> {
    /// Creates a writer that appends the escaped value to `text`.
    pub(crate) fn new(text: &'a mut String) -> Self {
        ValueWriter { text, is_escaped: true, room: MAX_VALUE, absent: false }
    }

    /// Creates a writer that appends the value to `text` verbatim.
    pub(super) fn unescaped(text: &'a mut String) -> Self {
        ValueWriter { is_escaped: false, ..ValueWriter::new(text) }
    }

    /// Runs `write` on the writer. Returns `true` if the value is present and not empty.
    pub(super) fn written(mut self, write: impl FnOnce(&mut Self)) -> bool {
        let before = self.text.len();
        write(&mut self);
        !self.absent && self.text.len() > before
    }

    /// Appends `text` to the value, up to the length limit.
    pub fn push_str(&mut self, text: &str) {
        let written = cut_at(text, self.room);
        // Once a part is truncated, later parts are dropped.
        self.room = if written.len() < text.len() { 0 } else { self.room - text.len() };
        let text = written;
        if self.is_escaped {
            escape(text, |part| self.text.push_str(part));
        } else {
            self.text.push_str(text);
        }
    }

    /// Marks the value as absent: the label is omitted.
    pub fn absent(&mut self) {
        self.absent = true;
    }
}

/// Truncates `value` to [`MAX_VALUE`] bytes, as the writer does.
#[inline]
pub(crate) fn cut(value: &str) -> &str {
    cut_at(value, MAX_VALUE)
}

/// Truncates `text` to at most `room` bytes, at a character boundary.
#[inline]
fn cut_at(text: &str, room: usize) -> &str {
    if text.len() <= room { text } else { &text[..floor_char_boundary(text, room)] }
}

/// Calls `part` with the consecutive parts of `text`, escaped.
fn escape(text: &str, mut part: impl FnMut(&str)) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            b'\n' => "\\n",
            _ => continue,
        };
        part(&text[from..at]);
        part(escaped);
        from = at + 1;
    }
    part(&text[from..]);
}

impl Write for ValueWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}
