//! The labels of a function: as it declares them, and as one call gives them.

use crate::metric::labels::{LabelValue, LabelWriter, Labels, ValueWriter};

/// A label of an annotated function.
#[derive(Clone, Copy, Debug)]
pub struct LabelDeclaration {
    name: &'static str,
    values: fn() -> Option<usize>,
    write_nth: fn(usize, &mut ValueWriter<'_>),
}

impl LabelDeclaration {
    /// A label whose type is known, and so whether its values are.
    pub const fn closed<V: LabelValue>(name: &'static str) -> Self {
        LabelDeclaration::new(name, V::values, V::write_nth)
    }

    /// A label whose type has these functions: as an expansion writes it, for one error where the type has none.
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        values: fn() -> Option<usize>,
        write_nth: fn(usize, &mut ValueWriter<'_>),
    ) -> Self {
        LabelDeclaration { name, values, write_nth }
    }

    /// A label whose values are known as they are first used.
    pub const fn open(name: &'static str) -> Self {
        LabelDeclaration { name, values: || None, write_nth: |_, _| {} }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// How many values it has, if that is known.
    pub(super) fn values(&self) -> Option<usize> {
        (self.values)()
    }
}

/// The labels of one call.
pub(super) struct CallLabels<'a> {
    pub(super) labels: &'static [LabelDeclaration],
    pub(super) values: &'a [&'a dyn LabelValue],
}

impl Labels for CallLabels<'_> {
    type Borrowed<'a>
        = CallLabels<'a>
    where
        Self: 'a;

    fn names(_to: &mut Vec<&'static str>) {}

    fn write(&self, to: &mut LabelWriter<'_>) {
        for (label, value) in self.labels.iter().zip(self.values) {
            to.label(label.name, *value);
        }
    }
}

/// The value number `n` of a declared label.
pub(super) struct NthValue<'a> {
    pub(super) label: &'a LabelDeclaration,
    pub(super) n: usize,
}

impl LabelValue for NthValue<'_> {
    fn write(&self, to: &mut ValueWriter<'_>) {
        (self.label.write_nth)(self.n, to);
    }
}
