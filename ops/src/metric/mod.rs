//! Counters, gauges, histograms and summaries, and the label sets that tell their series apart.

mod attr;
mod buckets;
mod counter;
mod family;
mod function;
mod gauge;
mod histogram;
mod instrument;
mod labels;
mod outcome;
mod shard;
mod summary;
mod table;

pub use attr::{Attr, AttrValue, attr};
pub use buckets::Buckets;
pub use counter::{Counter, CounterSeries};
pub use family::Declared;
pub use function::{Call, FunctionMetric, LabelDeclaration};
pub use gauge::{Gauge, GaugeSeries};
pub use histogram::{Histogram, HistogramSeries};
pub use instrument::{HistogramValue, Instrument, Part, Value};
pub use labels::{LabelValue, LabelWriter, Labels, ValueWriter};
pub use outcome::{CallOutcome, ToCallOutcome};
pub use shard::Reader;
pub use summary::{Summary, SummarySeries};

pub(crate) use attr::AttrLabels;
