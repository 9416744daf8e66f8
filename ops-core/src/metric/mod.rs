//! Metric instruments, such as counters and histograms, with typed label sets.
//!
//! From the bottom up: `buckets` holds bucket bounds, `cells` the thread-local memory that updates write to, `labels` the label
//! sets and their values, `series` maps a label set to its cells, `distribution` records observations, and `instruments` is the
//! public API.

mod buckets;
mod cell_space;
mod cells;
mod distribution;
mod errors;
mod instrument;
mod instruments;
mod labels;
mod series;
mod value;

pub use buckets::Buckets;
#[doc(hidden)]
pub use buckets::PackageBuckets;
pub use cell_space::{CellSpace, cell_space, set_cell_space};
pub use cells::Reader;
pub use instrument::{Instrument, Part};
pub use instruments::{
    Call, CallOutcome, Count, Counter, CounterSeries, FunctionMetric, Gauge, GaugeSeries, Histogram, HistogramSeries,
    InFlight, Info, InstrumentOptions, LabelDeclaration, StateSeries, StateSet, Summary, SummarySeries, Timer,
    ToCallOutcome,
};
pub use labels::{Attr, AttrValue, LabelValue, LabelWriter, Labels, State, ValueWriter, attr};
#[doc(hidden)]
pub use labels::{Key, KeyPart, key_part};
#[doc(hidden)]
pub use series::{Labeled, Total};
pub use value::{Exemplar, HistogramValue, NativeValue, Number, Value};

pub(crate) use errors::{ERRORS, Reason};
pub(crate) use instruments::Durations;
pub(crate) use labels::{AttrLabels, LabelTexts, label_pairs};
