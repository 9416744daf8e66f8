//! Exposition: content negotiation, the grammar of the text formats, health metrics, and the catalog.
//!
//! Only `catalog` registers metrics at link time.

mod catalog;
mod grammar;
mod health_metrics;
mod negotiation;
