//! Lookup keys of series: label values in a form that is hashed and compared.
//!
//! Invariant: two keys of a family are equal if and only if their labels have equal text. In a derived label set, whose label
//! types are known, a key omits label names and encodes numbers in binary. Otherwise, as for attributes, it has label names and
//! values as text.

use super::value_writer::ValueWriter;

/// One label value of a lookup key.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum KeyPart<'a> {
    /// A string, truncated like label values in the exposition.
    Text(&'a str),
    /// A number of up to 32 bits, or the index of a static label value.
    Small(u32),
    /// A 64-bit number.
    Large(u64),
    /// An absent label, which is equivalent to an empty value.
    Absent,
    /// The text written by [`LabelValue::write`](crate::LabelValue::write).
    Written,
}

/// A consumer of the parts of a key, such as a hasher or a comparison.
pub trait Key {
    /// Consumes the next part. Returns `false` if further parts are not needed, as after a mismatch.
    ///
    /// The part is never [`Written`](KeyPart::Written).
    fn part(&mut self, part: KeyPart<'_>) -> bool;
}

/// Passes `part` to `key`; for [`KeyPart::Written`], the text written by `write`.
///
/// Returns `false` if `key` needs no further parts.
// Always inlined, like its callees: the variant is then known at compile time, and no part passes through memory.
#[inline(always)]
pub fn key_part(key: &mut (impl Key + ?Sized), part: KeyPart<'_>, write: impl FnOnce(&mut ValueWriter<'_>)) -> bool {
    match part {
        KeyPart::Written => written(key, write),
        part => key.part(part),
    }
}

/// Passes the text written by `write` to `key`.
#[cold]
fn written(key: &mut (impl Key + ?Sized), write: impl FnOnce(&mut ValueWriter<'_>)) -> bool {
    with_text(write, |text| key.part(KeyPart::Text(text)))
}

/// Calls `take` with the text written by `write`, which is empty if the value is absent.
pub(super) fn with_text<R>(write: impl FnOnce(&mut ValueWriter<'_>), take: impl FnOnce(&str) -> R) -> R {
    let mut text = String::new();
    let is_present = ValueWriter::unescaped(&mut text).written(write);
    take(if is_present { &text } else { "" })
}
