//! What finds a series by its labels: their hash, and the comparison with the text of the one that was found.
//!
//! Both go by the types of the labels, so that neither has a branch on what becomes of them.

use super::labels::{LabelValue, MAX_VALUE, escape};
use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use std::fmt;
use std::hash::Hasher;

/// The hash of the values of a label set, with a seed of this process.
#[derive(Clone)]
pub struct LabelHasher(FoldHasher<'static>);

impl LabelHasher {
    #[inline]
    pub(crate) fn new() -> Self {
        LabelHasher(FoldHasher::with_seed(0, SharedSeed::global_random()))
    }

    #[inline]
    pub(crate) fn finish(&self) -> u64 {
        self.0.finish()
    }

    /// Adds the value of one label.
    #[inline]
    pub fn label<V: LabelValue + ?Sized>(&mut self, name: &str, value: &V) {
        self.label_with(name, |to| value.hash_value(to));
    }

    /// Adds the value of one label, which `hash` hashes if there is one.
    #[inline]
    pub fn label_with(&mut self, _name: &str, hash: impl FnOnce(&mut Self) -> bool) {
        let is_there = hash(self);
        self.end_value(is_there);
    }

    #[inline]
    pub(super) fn write_bytes(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    #[inline]
    pub(super) fn write_integer(&mut self, value: u64) {
        self.0.write_u64(value);
    }

    #[inline]
    pub(super) fn end_value(&mut self, is_there: bool) {
        self.0.write_u8(if is_there { 0xff } else { 0xfe });
    }
}

impl fmt::Debug for LabelHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LabelHasher")
    }
}

/// Compares labels with the text of a series.
#[derive(Debug)]
pub struct LabelMatcher<'a> {
    text: &'a [u8],
    /// How much of the text was met; [`MISMATCH`] once something else was.
    met: usize,
}

/// Beyond any text.
const MISMATCH: usize = usize::MAX;

impl<'a> LabelMatcher<'a> {
    #[inline]
    pub(crate) fn new(text: &'a str) -> Self {
        LabelMatcher { text: text.as_bytes(), met: 0 }
    }

    /// The text, and how much of it was met.
    pub(super) fn parts(&mut self) -> (&'a [u8], &mut usize) {
        (self.text, &mut self.met)
    }

    /// One that goes on where `met` is, and leaves it where it ends.
    pub(super) fn going_on(text: &'a [u8], met: &mut usize, compare: impl FnOnce(&mut Self)) {
        let mut matcher = LabelMatcher { text, met: *met };
        compare(&mut matcher);
        *met = matcher.met;
    }

    /// Whether the labels are those of the text, all of them.
    #[inline]
    pub(crate) fn is_whole(&self) -> bool {
        self.met == self.text.len()
    }

    /// Compares one label.
    #[inline(always)]
    pub fn label<V: LabelValue + ?Sized>(&mut self, name: &str, value: &V) {
        self.label_with(name, |to| value.match_value(to));
    }

    /// Compares one label, whose value `compare` compares if there is one.
    // Inlined always: the name is known then, and is compared without a call.
    #[inline(always)]
    pub fn label_with(&mut self, name: &str, compare: impl FnOnce(&mut Self) -> bool) {
        let before = self.met;
        if before > 0 {
            self.meet(b",");
        }
        self.meet(name.as_bytes());
        self.meet(b"=\"");
        if compare(self) {
            self.meet(b"\"");
        } else {
            self.met = before;
        }
    }

    /// Moves on past `part` if that is what follows.
    #[inline(always)]
    pub(super) fn meet(&mut self, part: &[u8]) {
        let follows = self.text.get(self.met..).is_some_and(|rest| rest.starts_with(part));
        self.met = if follows { self.met + part.len() } else { MISMATCH };
    }

    /// Moves on past a number, if that is what follows.
    #[inline]
    pub(super) fn meet_digits(&mut self, digits: &str) {
        let follows = self.following(digits.len()).is_some_and(|found| differences(found, digits.as_bytes()) == 0);
        self.met = if follows { self.met + digits.len() } else { MISMATCH };
    }

    /// Moves on past a whole value, escaped and cut as it is written, if that is what follows.
    #[inline]
    pub(super) fn meet_escaped(&mut self, value: &str) {
        let escapes = value.bytes().fold(false, |any, byte| any | matches!(byte, b'\\' | b'"' | b'\n'));
        match self.following(value.len()) {
            Some(found) if !escapes && differences(found, value.as_bytes()) == 0 => self.met += value.len(),
            _ => self.meet_escaped_slow(value),
        }
    }

    /// As much of what follows.
    #[inline(always)]
    fn following(&self, len: usize) -> Option<&'a [u8]> {
        self.text.get(self.met..)?.get(..len)
    }

    #[cold]
    #[inline(never)]
    fn meet_escaped_slow(&mut self, value: &str) {
        escape(value, |part| self.meet(part.as_bytes()));
    }
}

/// The bits in which two texts of one length differ. Values are short: a byte at a time, without a branch on any, is as
/// good as a call.
#[inline(always)]
fn differences(left: &[u8], right: &[u8]) -> u8 {
    left.iter().zip(right).fold(0, |differences, (left, right)| differences | (left ^ right))
}

/// What there is of a value, cut as it is written.
#[inline]
pub(super) fn cut(value: &str) -> &str {
    if value.len() <= MAX_VALUE { value } else { &value[..value.floor_char_boundary(MAX_VALUE)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Attr, AttrLabels, Labels, attr};

    fn hash(attrs: &[Attr]) -> u64 {
        let mut hasher = LabelHasher::new();
        AttrLabels(attrs).hash_labels(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn a_number_and_its_text_are_one_value_of_an_attribute() {
        assert_eq!(hash(&[attr("a", 1)]), hash(&[attr("a", "1")]));
        assert_ne!(hash(&[attr("a", 1)]), hash(&[attr("a", 2)]));
    }
}
