//! What is measured: a library or a limit, and how it does the work of each row.

use std::hint::black_box;

/// What part a subject has in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// This project.
    Ops,
    /// Another library for the same work.
    Peer,
    /// As little work as gives the answer, written by hand.
    Limit,
    /// Shown beside the others, and not compared by itself.
    Reference,
}

/// A library or a limit.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    /// How it does the rows that repeat one operation; a row may have several ways.
    pub(crate) ways: &'static [Way],
    /// How it makes and writes families of any size; `None` if it cannot.
    pub(crate) exporter: Option<fn(Size) -> Box<dyn Exporter>>,
}

/// One way to do the operation of a row.
pub(crate) struct Way {
    pub(crate) row: &'static str,
    /// What is called, as its user would say it.
    pub(crate) call: &'static str,
    pub(crate) prepare: fn() -> Operation,
}

impl Way {
    pub(crate) const fn new(row: &'static str, call: &'static str, prepare: fn() -> Operation) -> Self {
        Way { row, call, prepare }
    }
}

/// An operation that can be repeated, with all that it needs.
pub(crate) struct Operation {
    repeat: Box<dyn Fn(u64) + Send + Sync>,
    settle: fn(),
    works: bool,
}

impl Operation {
    /// `once` is given the number of the repetition.
    ///
    /// What it gives back is dropped, and memory is clobbered after each repetition: nothing is carried in a register
    /// from one to the next, neither for a library nor for a limit.
    pub(crate) fn new<R>(once: impl Fn(usize) -> R + Send + Sync + 'static) -> Self {
        let repeat = move |times| {
            for at in 0..times as usize {
                let _ = once(at);
                black_box(());
            }
        };
        Operation { repeat: Box::new(repeat), settle: || (), works: true }
    }

    /// Runs `settle`, untimed, after each measurement: for a library that puts work off.
    pub(crate) fn settled_by(mut self, settle: fn()) -> Self {
        self.settle = settle;
        self
    }

    /// One that is not the work of its row after all, and is not measured, unless `works`.
    pub(crate) fn only_if(mut self, works: bool) -> Self {
        self.works = works;
        self
    }

    pub(crate) fn works(&self) -> bool {
        self.works
    }

    pub(crate) fn repeat(&self, times: u64) {
        (self.repeat)(times);
    }

    pub(crate) fn settle(&self) {
        (self.settle)();
    }
}

/// What kind of family is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Histogram,
}

/// The family that an [`Exporter`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) kind: Kind,
    /// How many series it is to hold at most.
    pub(crate) series: usize,
}

/// A registry with one family of two labels, `route` and `status`.
pub(crate) trait Exporter: Send + Sync {
    /// Makes series number `series` and gives it its values.
    fn make(&self, series: usize);

    /// Adds 1 to the counter number `series`, found by its labels and made if need be.
    fn touch(&self, series: usize);

    /// Writes everything in the text format into `to`, which is emptied first.
    fn encode(&self, to: &mut Vec<u8>);

    /// Writes everything without keeping it, if the library can; how many bytes there were.
    fn stream(&self) -> usize {
        let mut all = Vec::new();
        self.encode(&mut all);
        all.len()
    }

    /// Why what this wrote is not the whole family, if so.
    fn incomplete(&self) -> Option<&'static str> {
        None
    }
}

/// Keeps `value` for the life of the program.
pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
