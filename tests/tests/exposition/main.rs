//! Exposition: content negotiation over the wire, the grammar of the text formats, the metrics of health checks, and the
//! catalog of what is linked. Only `catalog` registers anything at link time.

mod catalog;
mod grammar;
mod health_metrics;
mod negotiation;
