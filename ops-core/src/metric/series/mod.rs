//! The series of a metric family: an array for static label sets, a hash table for dynamic ones.

mod cell_source;
mod dynamic_family;
mod dynamic_table;
mod entries;
mod gauge_cells;
mod gauge_family;
mod index;
mod key_encoding;
mod labeled;
mod order;
mod series_family;
mod series_limit;
mod series_options;
mod static_labels;

pub use labeled::{Labeled, Total};

pub(super) use dynamic_family::DynamicFamily;
pub(super) use gauge_family::{GaugeFamily, LevelCell};
pub(super) use labeled::SeriesCells;
pub(super) use series_family::SeriesFamily;
pub(super) use series_options::SeriesOptions;
pub(super) use static_labels::StaticLabels;
