//! Panics at the boundary with foreign code: callbacks, checks, observers, sinks.
//!
//! One panic in code that a user hands in must stay a failure of that code. [`catch_panic`] turns it into a value,
//! `Guarded` does the same for a destructor, and [`IgnorePoison`] keeps a lock usable after a panic.

mod catch_panic;
mod poison;

pub(crate) use catch_panic::Guarded;
pub use catch_panic::{PanicMessage, catch_panic, catch_panic_async};
pub use poison::IgnorePoison;
