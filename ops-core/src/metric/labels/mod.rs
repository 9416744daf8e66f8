//! Label sets and label values: their exposition as text and their lookup keys.

mod attr;
mod attr_labels;
mod key;
mod label_set;
mod label_texts;
mod label_value;
mod label_writer;
mod state;
mod value_writer;

pub use attr::{Attr, AttrValue, attr};
#[doc(hidden)]
pub use key::{Key, KeyPart, key_part};
pub use label_set::Labels;
pub use label_value::LabelValue;
pub use label_writer::LabelWriter;
pub use state::State;
pub use value_writer::ValueWriter;

pub(crate) use attr_labels::AttrLabels;
pub(crate) use label_texts::LabelTexts;
pub(crate) use label_writer::label_pairs;
pub(super) use value_writer::cut;
