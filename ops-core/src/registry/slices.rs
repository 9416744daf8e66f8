//! The slices that the linker fills, one element an annotated item, from every crate of the program.
//!
//! The linker knows a slice by its name alone, so the names say whose they are: another crate of the program may have a
//! slice `METRICS` of its own, and then neither works.

use crate::descriptor::MetricDescriptor;
use crate::health::LinkedCheck;
use crate::metric::{FunctionMetric, Instrument};
use crate::trace::SpanSite;

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
pub static OPS_METRICS: [MetricEntry];

/// The functions annotated with `#[metric]`.
#[linkme::distributed_slice]
pub static OPS_FUNCTIONS: [FunctionMetric];

/// The functions annotated with `#[instrument_span]`.
#[linkme::distributed_slice]
pub static OPS_SPANS: [SpanSite];

/// The one registration of `ops-canary`, if the linker kept what nothing references.
#[linkme::distributed_slice]
pub static OPS_CANARY: [&'static str];

/// Marks the image, an executable or a shared library, that contains this crate and so reads its sections.
#[cfg(any(target_os = "android", target_os = "linux"))]
#[expect(unsafe_code, reason = "the name of the section is the mark")]
#[used]
#[unsafe(link_section = "ops_registry")]
pub(crate) static OPS_REGISTRY: u8 = 0;

inventory::collect!(LinkedCheck);

/// The functions annotated with `#[health_check]`, in no order.
pub(crate) fn linked_checks() -> impl Iterator<Item = &'static LinkedCheck> {
    inventory::iter::<LinkedCheck>.into_iter()
}
