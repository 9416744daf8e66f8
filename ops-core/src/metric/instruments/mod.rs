//! The instruments that programs declare, and the metrics of annotated functions.

mod bucket_layout;
mod count;
mod counter;
mod durations;
mod exemplars;
mod function;
mod gauge;
mod histogram;
mod histogram_series;
mod impl_instrument;
mod info;
mod instrument_options;
mod state_set;
mod summary;
mod timer;

pub use count::Count;
pub use counter::{Counter, CounterSeries};
pub use function::{Call, CallOutcome, FunctionMetric, LabelDeclaration, ToCallOutcome};
pub use gauge::{Gauge, GaugeSeries, InFlight};
pub use histogram::Histogram;
pub use histogram_series::HistogramSeries;
pub use info::Info;
pub use instrument_options::InstrumentOptions;
pub use state_set::{StateSeries, StateSet};
pub use summary::{Summary, SummarySeries};
pub use timer::Timer;

pub(crate) use durations::Durations;
