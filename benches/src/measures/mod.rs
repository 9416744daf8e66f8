//! Measurement procedures, one per kind of row.

pub(crate) mod compile;
pub(crate) mod encode;
pub(crate) mod health;
pub(crate) mod http;
pub(crate) mod memory;
pub(crate) mod operation;
pub(crate) mod processor;
pub(crate) mod series;
pub(crate) mod stall;
