//! Subjects: the implementations that are measured, and their operations for each row.

use std::hint::black_box;

/// The role of a subject in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `ops` itself.
    Ops,
    /// Another library with the same purpose.
    Peer,
    /// Hand-written implementation with the minimum work: a lower bound for any library.
    Limit,
    /// Shown for reference, not as a peer.
    Reference,
}

/// A library, the limit, or a reference implementation.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    /// Operations for the rows that repeat an operation; a row may have several.
    pub(crate) variants: &'static [Variant],
    /// Constructor of a registry with one family; `None` if the subject has no text encoder.
    pub(crate) exporter: Option<fn(Size) -> Box<dyn Exporter>>,
}

/// One of the APIs of a subject for the operation of a row, such as a cached handle or a lookup.
pub(crate) struct Variant {
    pub(crate) row: &'static str,
    /// Description of the API call, shown by `--details`.
    pub(crate) call: &'static str,
    pub(crate) prepare: fn() -> Operation,
}

impl Variant {
    pub(crate) const fn new(row: &'static str, call: &'static str, prepare: fn() -> Operation) -> Self {
        Variant { row, call, prepare }
    }
}

/// An operation that can be repeated, with its state.
pub(crate) struct Operation {
    repeat: Box<dyn Fn(u64) + Send + Sync>,
    settle: fn(),
    is_valid: bool,
}

impl Operation {
    /// Creates an operation from `once`, which receives the iteration number.
    ///
    /// The return value is dropped, and `black_box` follows each iteration, so that the compiler keeps no state in registers
    /// across iterations. This applies to libraries and to the limit alike.
    pub(crate) fn new<R>(once: impl Fn(usize) -> R + Send + Sync + 'static) -> Self {
        let repeat = move |times| {
            for at in 0..times as usize {
                let _ = once(at);
                black_box(());
            }
        };
        Operation { repeat: Box::new(repeat), settle: || (), is_valid: true }
    }

    /// Runs `settle` after each measurement, untimed, to drain work that the library has deferred.
    pub(crate) fn settled_by(mut self, settle: fn()) -> Self {
        self.settle = settle;
        self
    }

    /// Excludes the operation from the measurements if `is_valid` is `false`.
    pub(crate) fn only_if(mut self, is_valid: bool) -> Self {
        self.is_valid = is_valid;
        self
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.is_valid
    }

    pub(crate) fn repeat(&self, times: u64) {
        (self.repeat)(times);
    }

    pub(crate) fn settle(&self) {
        (self.settle)();
    }
}

/// The metric type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Histogram,
}

/// Type and size of the family of an [`Exporter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) kind: Kind,
    /// Maximum number of series.
    pub(crate) series: usize,
}

/// A registry with one family that has the labels `route` and `status`.
pub(crate) trait Exporter: Send + Sync {
    /// Creates series number `series` and sets its values.
    fn make(&self, series: usize);

    /// Looks up counter number `series` by its labels, creates it if absent, and increments it.
    fn touch(&self, series: usize);

    /// Encodes the registry in the text format into `to`, which is cleared first.
    fn encode(&self, to: &mut Vec<u8>);

    /// Encodes the registry, without buffering the text if the library can.
    ///
    /// Returns the number of bytes, or 0 if the subject does not count them.
    fn stream(&self) -> usize {
        let mut all = Vec::new();
        self.encode(&mut all);
        all.len()
    }

    /// Returns a reason if the encoded family is incomplete, such as merged series.
    fn incomplete(&self) -> Option<&'static str> {
        None
    }
}

/// Leaks `value`, which then lives until the program exits.
pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
