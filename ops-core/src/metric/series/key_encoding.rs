//! Binary keys of series, derived from their label values: hashing, encoding and comparison.

use crate::metric::labels::{Key, KeyPart, cut};
use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use std::hash::Hasher;

/// The hash of a key; randomly seeded per process against hash-flooding attacks.
pub(super) struct KeyHash(FoldHasher<'static>);

impl KeyHash {
    /// Creates the hash of an empty key.
    #[inline(always)]
    pub(super) fn new(seed: &'static SharedSeed) -> Self {
        KeyHash(FoldHasher::with_seed(0, seed))
    }

    /// Returns the seed of this process.
    pub(super) fn seed() -> &'static SharedSeed {
        SharedSeed::global_random()
    }

    #[inline(always)]
    pub(super) fn finish(&self) -> u32 {
        self.0.finish() as u32
    }
}

impl Key for KeyHash {
    #[inline(always)]
    fn part(&mut self, part: KeyPart<'_>) -> bool {
        match part {
            KeyPart::Text(text) => {
                let text = cut(text).as_bytes();
                self.0.write(text);
                self.0.write_u64(text.len() as u64);
            }
            KeyPart::Small(number) => self.0.write_u64(number.into()),
            KeyPart::Large(number) => self.0.write_u64(number),
            // Same as for an empty text; a recursive call would prevent inlining.
            KeyPart::Absent | KeyPart::Written => {
                self.0.write(b"");
                self.0.write_u64(0);
            }
        }
        true
    }
}

/// First byte of an encoded number.
const NUMBER: u8 = 0;
/// Offset added to the big-endian length before a text, so that its first byte differs from [`NUMBER`].
const TEXT: usize = 0x0100;

/// Size of the length that precedes an encoded text.
const HEAD: usize = 2;

/// An encoder of keys.
pub(super) struct KeyWriter<'a>(pub(super) &'a mut Vec<u8>);

impl Key for KeyWriter<'_> {
    fn part(&mut self, part: KeyPart<'_>) -> bool {
        match part {
            KeyPart::Text(text) => {
                let text = cut(text).as_bytes();
                self.0.extend_from_slice(&text_head(text.len()));
                self.0.extend_from_slice(text);
            }
            KeyPart::Small(number) => {
                self.0.push(NUMBER);
                self.0.extend_from_slice(&number.to_le_bytes());
            }
            KeyPart::Large(number) => {
                self.0.push(NUMBER);
                self.0.extend_from_slice(&number.to_le_bytes());
            }
            KeyPart::Absent | KeyPart::Written => return self.part(KeyPart::Text("")),
        }
        true
    }
}

#[inline(always)]
fn text_head(len: usize) -> [u8; HEAD] {
    ((len + TEXT) as u16).to_be_bytes()
}

/// A comparison of key parts with an encoded key.
pub(super) struct KeyMatcher<'a>(&'a [u8]);

impl<'a> KeyMatcher<'a> {
    #[inline]
    pub(super) fn new(key: &'a [u8]) -> Self {
        KeyMatcher(key)
    }

    /// Returns `true` if all parts of the key have been compared.
    #[inline]
    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// Consumes `bytes`. Returns `false` if the key continues with other bytes.
    #[inline(always)]
    fn next<const N: usize>(&mut self, bytes: [u8; N]) -> bool {
        match self.0.split_first_chunk() {
            Some((next, rest)) if *next == bytes => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }
}

impl Key for KeyMatcher<'_> {
    #[inline(always)]
    fn part(&mut self, part: KeyPart<'_>) -> bool {
        match part {
            KeyPart::Text(text) => {
                let text = cut(text).as_bytes();
                let Some((next, rest)) = self.0.split_at_checked(HEAD + text.len()) else { return false };
                self.0 = rest;
                next.split_first_chunk()
                    .is_some_and(|(head, next)| *head == text_head(text.len()) && is_same(next, text))
            }
            KeyPart::Small(number) => {
                let [a, b, c, d] = number.to_le_bytes();
                self.next([NUMBER, a, b, c, d])
            }
            KeyPart::Large(number) => self.next([NUMBER]) && self.next(number.to_le_bytes()),
            KeyPart::Absent | KeyPart::Written => self.next(text_head(0)),
        }
    }
}

/// Returns `true` if two texts of the same length are equal.
///
/// Most texts are short: comparing their first and last words, which may overlap, is faster than calling `memcmp`.
#[inline(always)]
fn is_same(left: &[u8], right: &[u8]) -> bool {
    #[inline(always)]
    fn both_ends<const N: usize>(left: &[u8], right: &[u8]) -> Option<bool> {
        let first = left.first_chunk::<N>()? == right.first_chunk::<N>()?;
        Some(first & (left.last_chunk::<N>()? == right.last_chunk::<N>()?))
    }
    match left.len() {
        17.. => left == right,
        8.. => both_ends::<8>(left, right).unwrap_or(false),
        4.. => both_ends::<4>(left, right).unwrap_or(false),
        2.. => both_ends::<2>(left, right).unwrap_or(false),
        _ => left.first() == right.first(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Attr, AttrLabels, Labels, attr};

    fn hash(attrs: &[Attr]) -> u32 {
        let mut hash = KeyHash::new(KeyHash::seed());
        AttrLabels(attrs).key(&mut hash);
        hash.finish()
    }

    fn key(parts: &[KeyPart<'_>]) -> Vec<u8> {
        let mut key = Vec::new();
        parts.iter().for_each(|part| _ = KeyWriter(&mut key).part(*part));
        key
    }

    fn matches(key: &[u8], parts: &[KeyPart<'_>]) -> bool {
        let mut matcher = KeyMatcher::new(key);
        parts.iter().all(|part| matcher.part(*part)) && matcher.is_at_end()
    }

    #[test]
    fn attribute_numbers_equal_their_text() {
        assert_eq!(hash(&[attr("a", 1)]), hash(&[attr("a", "1")]));
        assert_ne!(hash(&[attr("a", 1)]), hash(&[attr("a", 2)]));
    }

    #[test]
    fn keys_match_only_their_own_parts() {
        use KeyPart::{Absent, Large, Small, Text};
        let long = "0123456789abcdefg";
        let keys: Vec<Vec<KeyPart<'_>>> = vec![
            vec![Text("a"), Text("b")],
            vec![Text("ab"), Absent],
            vec![Absent, Text("ab")],
            vec![Text(&long[..5]), Small(1)],
            vec![Text(&long[..5]), Small(2)],
            vec![Text(&long[..5]), Large(1)],
            vec![Text(&long[1..6]), Small(1)],
            vec![Text(&long[..16]), Absent],
            vec![Text(&long[1..]), Absent],
            vec![Text(long), Absent],
            vec![Text(long)],
        ];
        for (at, parts) in keys.iter().enumerate() {
            for (other, others) in keys.iter().enumerate() {
                assert_eq!(matches(&key(parts), others), at == other, "{parts:?} and {others:?}");
            }
        }
    }

    #[test]
    fn absent_part_equals_empty_text() {
        let (absent, empty) = ([KeyPart::Absent, KeyPart::Small(1)], [KeyPart::Text(""), KeyPart::Small(1)]);
        assert_eq!(key(&absent), key(&empty));
        assert!(matches(&key(&absent), &empty) && matches(&key(&empty), &absent));
        assert_eq!(hash(&[attr("a", ""), attr("b", 1)]), hash(&[attr("b", 1)]));
    }

    #[test]
    fn texts_are_compared_after_truncation() {
        let long = "é".repeat(2_000);
        let other = long.clone() + "x";
        assert!(matches(&key(&[KeyPart::Text(&long)]), &[KeyPart::Text(&other)]));
    }

    #[test]
    fn is_same_detects_a_difference_in_any_byte() {
        for len in 0..40 {
            let text = vec![b'a'; len];
            assert!(is_same(&text, &text.clone()));
            for at in 0..len {
                let mut other = text.clone();
                other[at] = b'b';
                assert!(!is_same(&text, &other), "{at} of {len}");
            }
        }
    }
}
