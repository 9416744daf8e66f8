//! Counters, gauges, histograms and summaries, and the label sets that tell their series apart.

mod attr;
mod block;
mod buckets;
mod bytes;
#[cfg(test)]
#[path = "bytes/tests.rs"]
mod bytes_tests;
mod counter;
mod durations;
mod entries;
mod errors;
mod exemplars;
mod family;
mod function;
mod gauge;
mod histogram;
mod index;
mod info;
mod instrument;
mod key;
mod label_values;
mod label_writer;
mod labels;
mod levels;
mod native;
mod open;
mod order;
mod outcome;
mod shard;
mod slots;
mod state_set;
mod summary;
mod sync;
mod table;
mod timer;

pub use attr::{Attr, AttrValue, attr};
pub use buckets::Buckets;
pub use counter::{Count, Counter, CounterSeries};
pub use errors::Reason;
pub use family::Declared;
pub use function::{Call, FunctionMetric, LabelDeclaration};
pub use gauge::{Gauge, GaugeSeries, InFlight};
pub use histogram::{Histogram, HistogramSeries};
pub use info::Info;
pub use instrument::{Exemplar, HistogramValue, Instrument, Labelled, NativeValue, Number, Part, Total, Value};
#[doc(hidden)]
pub use key::{Key, KeyPart, key_part};
pub use label_writer::{LabelWriter, ValueWriter};
pub use labels::{LabelValue, Labels};
pub use outcome::{CallOutcome, ToCallOutcome};
pub use shard::Reader;
pub use state_set::{StateSeries, StateSet};
pub use summary::{Summary, SummarySeries};
pub use table::set_series_limit;
pub use timer::Timer;

pub(crate) use attr::AttrLabels;
pub(crate) use durations::Durations;
pub(crate) use errors::ERRORS;
pub(crate) use label_writer::label_pairs;
