//! Static label sets: all combinations of their values are known, and each has a number.

use crate::metric::labels::{LabelWriter, Labels};
use std::sync::OnceLock;

/// The labels of a static label set, written once, in their order.
#[derive(Debug)]
pub(crate) struct StaticLabels(OnceLock<Box<[Numbered]>>);

/// The labels of a combination, and its number.
type Numbered = (Box<str>, u32);

/// Writes the labels of the combination of a number.
type WriteNth<'a> = &'a dyn Fn(usize, &mut LabelWriter<'_>);

impl StaticLabels {
    pub(crate) const fn new() -> Self {
        StaticLabels(OnceLock::new())
    }

    /// Hands over the labels and the number of each combination, which `write_nth` writes.
    pub(crate) fn for_each(&self, combinations: u32, write_nth: WriteNth<'_>, mut series: impl FnMut(&str, u32)) {
        for (labels, n) in self.numbered(combinations, write_nth) {
            series(labels, *n);
        }
    }

    /// Returns `true` if all combinations have different labels, as they have unless a value is empty and an option is absent.
    pub(crate) fn are_unique(&self, combinations: u32, write_nth: WriteNth<'_>) -> bool {
        self.numbered(combinations, write_nth).windows(2).all(|pair| pair[0].0 != pair[1].0)
    }

    fn numbered(&self, combinations: u32, write_nth: WriteNth<'_>) -> &[Numbered] {
        self.0.get_or_init(|| {
            let write = |n: u32| {
                let mut text = String::new();
                write_nth(n as usize, &mut LabelWriter::new(&mut text));
                (text.into_boxed_str(), n)
            };
            let mut labels: Box<[_]> = (0..combinations).map(write).collect();
            labels.sort();
            labels
        })
    }
}

/// How many combinations `L` has, if it is static.
#[inline]
pub(crate) fn static_combinations<L: Labels>() -> Option<u32> {
    // More than there is cell space for, by far.
    L::combinations().map(|combinations| u32::try_from(combinations).unwrap_or(u32::MAX))
}
