//! Labels of function metrics: their declarations and the label set of a call.

use crate::metric::labels::{LabelValue, LabelWriter, Labels, ValueWriter};

/// The declaration of a label of an annotated function.
#[derive(Clone, Copy, Debug)]
pub struct LabelDeclaration {
    name: &'static str,
    values: fn() -> Option<usize>,
    write_nth: fn(usize, &mut ValueWriter<'_>),
}

impl LabelDeclaration {
    /// Declares a label of type `V`, which is static if `V` has a fixed set of values.
    pub const fn of<V: LabelValue>(name: &'static str) -> Self {
        LabelDeclaration::new(name, V::values, V::write_nth)
    }

    /// Declares a label from the `values` and `write_nth` functions of its [`LabelValue`] type.
    ///
    /// Used by macro expansions: a type that is not a [`LabelValue`] then causes a single compile error.
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        values: fn() -> Option<usize>,
        write_nth: fn(usize, &mut ValueWriter<'_>),
    ) -> Self {
        LabelDeclaration { name, values, write_nth }
    }

    /// Declares a dynamic label, whose set of values is not fixed.
    pub const fn dynamic(name: &'static str) -> Self {
        LabelDeclaration { name, values: || None, write_nth: |_, _| {} }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the number of values, or `None` if the set of values is not fixed.
    pub(super) fn values(&self) -> Option<usize> {
        (self.values)()
    }
}

/// The label set of a call.
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

/// The `n`th value of a static label.
pub(super) struct NthValue<'a> {
    pub(super) label: &'a LabelDeclaration,
    pub(super) n: usize,
}

impl LabelValue for NthValue<'_> {
    fn write(&self, to: &mut ValueWriter<'_>) {
        (self.label.write_nth)(self.n, to);
    }
}
