//! Distributed slices, which the linker fills with the annotated items of every crate of the program.
//!
//! The linker identifies a slice by its name alone. The prefix `OPS_` prevents collisions with slices of other crates.

use crate::descriptor::MetricDescriptor;
use crate::health::LinkedCheck;
use crate::metric::{FunctionMetric, Instrument};
use crate::trace::SpanSite;

/// An annotated static: its descriptor and the instrument.
#[derive(Clone, Copy, Debug)]
pub struct MetricEntry {
    pub(crate) descriptor: MetricDescriptor,
    pub(crate) instrument: &'static dyn Instrument,
}

impl MetricEntry {
    /// Creates the entry of `instrument`, declared by `descriptor`.
    pub const fn new(descriptor: MetricDescriptor, instrument: &'static dyn Instrument) -> Self {
        MetricEntry { descriptor, instrument }
    }
}

/// The statics annotated with `#[metric]`.
#[linkme::distributed_slice]
pub static OPS_METRICS: [MetricEntry];

/// The functions annotated with `#[metric]`.
#[linkme::distributed_slice]
pub static OPS_FUNCTIONS: [FunctionMetric];

/// The functions annotated with `#[instrument_span]`.
#[linkme::distributed_slice]
pub static OPS_SPANS: [SpanSite];

/// The registration of `ops-canary`; missing if the linker dropped unreferenced registrations.
#[linkme::distributed_slice]
pub static OPS_CANARY: [&'static str];

/// Marks the image (executable or shared library) that contains this crate and reads its sections.
#[cfg(any(target_os = "android", target_os = "linux"))]
#[expect(unsafe_code, reason = "`link_section` is an unsafe attribute")]
#[used]
#[unsafe(link_section = "ops_registry")]
pub(crate) static OPS_REGISTRY: u8 = 0;

inventory::collect!(LinkedCheck);

/// Returns the functions annotated with `#[health_check]`, in unspecified order.
pub(crate) fn linked_checks() -> impl Iterator<Item = &'static LinkedCheck> {
    inventory::iter::<LinkedCheck>.into_iter()
}
