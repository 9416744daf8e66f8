//! Events emitted to `tracing`.
//!
//! `tracing` caches for the whole process whether a call site is enabled, so each module uses call sites that no other module
//! reaches. The series limit that `cardinality` sets is global as well; other modules stay below it.

mod cardinality;
mod health;
mod tls;
mod tracing_observer;
