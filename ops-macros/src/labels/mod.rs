//! `#[derive(Labels)]` on structs and `#[derive(LabelValue)]` on enums.

mod generics;
mod label_options;
mod label_set;
mod label_value;
mod snake_case;

pub(crate) use label_set::expand as expand_labels;
pub(crate) use label_value::expand as expand_label_value;
