//! What is written to `tracing`. `tracing` caches per call site whether any subscriber wants it, for the whole process: each
//! module here uses call sites that no other module reaches. The series limit that `cardinality` sets is one per process, too:
//! no other module comes near it.

mod cardinality;
mod health;
mod tls;
mod tracing_observer;
