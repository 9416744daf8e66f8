//! Writes the value of one label: escaped for the text formats, or as it is for a key.

use crate::utf8::floor_char_boundary;
use std::fmt::{self, Write};

/// The longest value of a label, in bytes; what is longer is cut, so that one caller cannot fill a scrape.
pub(crate) const MAX_VALUE: usize = 1024;

/// Writes the value of one label, escaping what the text formats escape: `\`, `"` and the end of a line.
///
/// Takes 1,024 bytes; what follows is dropped.
#[derive(Debug)]
pub struct ValueWriter<'a> {
    text: &'a mut String,
    is_escaped: bool,
    room: usize,
    absent: bool,
}

impl<'a> ValueWriter<'a> {
    /// Appends to `text`.
    pub(crate) fn new(text: &'a mut String) -> Self {
        ValueWriter { text, is_escaped: true, room: MAX_VALUE, absent: false }
    }

    /// Appends to `text` what the value is, and not how it is written.
    pub(super) fn unescaped(text: &'a mut String) -> Self {
        ValueWriter { is_escaped: false, ..ValueWriter::new(text) }
    }

    /// Lets `write` write. Returns `true` if there is a value that is not empty.
    pub(super) fn written(mut self, write: impl FnOnce(&mut Self)) -> bool {
        let before = self.text.len();
        write(&mut self);
        !self.absent && self.text.len() > before
    }

    /// Appends `text` to the value.
    pub fn push_str(&mut self, text: &str) {
        let written = cut_at(text, self.room);
        // What follows one that was cut is dropped as well.
        self.room = if written.len() < text.len() { 0 } else { self.room - text.len() };
        let text = written;
        if self.is_escaped {
            escape(text, |part| self.text.push_str(part));
        } else {
            self.text.push_str(text);
        }
    }

    /// Leaves the label out.
    pub fn absent(&mut self) {
        self.absent = true;
    }
}

/// What there is of a value, cut as it is written.
#[inline]
pub(crate) fn cut(value: &str) -> &str {
    cut_at(value, MAX_VALUE)
}

/// As much of `text` as has at most `room` bytes.
#[inline]
fn cut_at(text: &str, room: usize) -> &str {
    if text.len() <= room { text } else { &text[..floor_char_boundary(text, room)] }
}

/// Hands over `text` in parts, escaped.
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
