//! Counters, gauges, histograms and summaries, and the label sets that tell their series apart.

mod attr;
mod buckets;
mod cells;
mod counter;
mod family;
mod function;
mod gauge;
mod histogram;
mod instrument;
mod labels;
mod summary;

pub use attr::{Attr, AttrValue, attr};
pub use buckets::Buckets;
pub use cells::{CounterCell, GaugeCell, HistogramCell, SummaryCell};
pub use counter::Counter;
pub use family::{Declared, Series};
pub use function::{Call, CallOutcome, FunctionMetric, LabelDeclaration};
pub use gauge::Gauge;
pub use histogram::Histogram;
pub use instrument::{HistogramValue, Instrument, Part, Value};
pub use labels::{LabelValue, LabelWriter, Labels, ValueWriter};
pub use summary::Summary;

pub(crate) use family::SeriesMap;
