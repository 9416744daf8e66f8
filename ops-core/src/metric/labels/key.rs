//! Keys of series: the values of the labels, by which a series is hashed and compared.
//!
//! Two keys are equal exactly if the text of their labels is. Where the types of the labels are known, as in a derived label set,
//! a key has no names, and numbers are in binary; elsewhere, as in attributes, it has the names and the text of the values.

use super::value_writer::ValueWriter;

/// The value of one label as its series is looked up by it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum KeyPart<'a> {
    /// A text; of a longer one than may be written, as much as is.
    Text(&'a str),
    /// A number of up to 32 bits, or of the value in a closed set.
    Small(u32),
    /// A number of 64 bits.
    Large(u64),
    /// The label is left out, which is the same as an empty text.
    Absent,
    /// What the value writes.
    Written,
}

/// What is done with the parts of a key, one after the other.
pub trait Key {
    /// Takes the next part, which is not [`Written`](KeyPart::Written); whether it is worth going on.
    fn part(&mut self, part: KeyPart<'_>) -> bool;
}

/// Hands `part` to `key`, or what `write` writes if it says so; whether it is worth going on.
// Inlined always, as is all that it calls: the kind of part is known then, and nothing passes through memory.
#[inline(always)]
pub fn key_part(key: &mut (impl Key + ?Sized), part: KeyPart<'_>, write: impl FnOnce(&mut ValueWriter<'_>)) -> bool {
    match part {
        KeyPart::Written => written(key, write),
        part => key.part(part),
    }
}

/// Hands over what `write` writes.
#[cold]
fn written(key: &mut (impl Key + ?Sized), write: impl FnOnce(&mut ValueWriter<'_>)) -> bool {
    with_text(write, |text| key.part(KeyPart::Text(text)))
}

/// Hands what `write` writes to `take`: empty if the value is absent.
pub(super) fn with_text<R>(write: impl FnOnce(&mut ValueWriter<'_>), take: impl FnOnce(&str) -> R) -> R {
    let mut text = String::new();
    let is_there = ValueWriter::unescaped(&mut text).written(write);
    take(if is_there { &text } else { "" })
}
