//! The slices that the linker fills, one element an annotated item, from every crate of the program.

use crate::descriptor::MetricDescriptor;
use crate::health::LinkedCheck;
use crate::metric::{FunctionMetric, Instrument};
use crate::span::SpanSite;

/// An annotated static: what the attribute says, and the instrument itself.
#[derive(Clone, Copy, Debug)]
pub struct MetricEntry {
    pub(crate) descriptor: MetricDescriptor,
    pub(crate) instrument: &'static dyn Instrument,
}

impl MetricEntry {
    /// The `instrument` that `descriptor` declares.
    pub const fn new(descriptor: MetricDescriptor, instrument: &'static dyn Instrument) -> Self {
        MetricEntry { descriptor, instrument }
    }
}

/// The annotated statics.
#[linkme::distributed_slice]
pub static METRICS: [MetricEntry];

/// The functions annotated with `#[metric]`.
#[linkme::distributed_slice]
pub static FUNCTIONS: [FunctionMetric];

/// The functions annotated with `#[instrument_span]`.
#[linkme::distributed_slice]
pub static SPANS: [SpanSite];

inventory::collect!(LinkedCheck);

/// The functions annotated with `#[health_check]`, in no order.
pub(crate) fn linked_checks() -> impl Iterator<Item = &'static LinkedCheck> {
    inventory::iter::<LinkedCheck>.into_iter()
}
