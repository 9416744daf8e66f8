//! Static label sets, whose label combinations are known at compile time and numbered.

use crate::metric::labels::{LabelWriter, Labels};
use std::sync::OnceLock;

/// The formatted labels of a static label set, sorted and cached.
#[derive(Debug)]
pub(crate) struct StaticLabels(OnceLock<Box<[Numbered]>>);

/// The labels of a combination and its number.
type Numbered = (Box<str>, u32);

/// A function that writes the labels of the n-th combination.
type WriteNth<'a> = &'a dyn Fn(usize, &mut LabelWriter<'_>);

impl StaticLabels {
    pub(crate) const fn new() -> Self {
        StaticLabels(OnceLock::new())
    }

    /// Calls `series` with the labels and the number of each combination, sorted by labels.
    pub(crate) fn for_each(&self, combinations: u32, write_nth: WriteNth<'_>, mut series: impl FnMut(&str, u32)) {
        for (labels, n) in self.numbered(combinations, write_nth) {
            series(labels, *n);
        }
    }

    /// Returns `true` if all combinations have different labels.
    ///
    /// An absent option and an empty value produce the same labels.
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

/// Returns the number of combinations of `L`, or `None` if it is dynamic.
#[inline]
pub(crate) fn static_combinations<L: Labels>() -> Option<u32> {
    // `u32::MAX` combinations exceed the cell space anyway.
    L::combinations().map(|combinations| u32::try_from(combinations).unwrap_or(u32::MAX))
}
