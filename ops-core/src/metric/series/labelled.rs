//! A series as the tables hand it over: its labels, and what belongs to them.

/// A series, and what belongs to it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Labelled<'a, V> {
    /// The labels as `name="value",…`.
    pub labels: &'a str,
    /// What belongs to them.
    pub value: V,
}

/// One series of a counter of whole things, of which nothing is known but its total.
pub type Total<'a> = Labelled<'a, u64>;

/// One series: its labels, and the first of its slots.
pub(crate) type Entry<'a> = Labelled<'a, u32>;

impl Entry<'_> {
    /// The first of its slots.
    pub(crate) fn slot(self) -> u32 {
        self.value
    }
}
