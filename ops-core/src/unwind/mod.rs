//! Isolates panics in user code: callbacks, checks, observers, sinks.
//!
//! A panic in user code must not take down its caller. [`catch_panic()`] turns it into an error, `Guarded` does the same for
//! destructors, and [`IgnorePoison`] keeps a lock usable after a panic.

mod catch_panic;
mod poison;

pub(crate) use catch_panic::Guarded;
pub use catch_panic::{PanicMessage, catch_panic, catch_panic_async};
pub use poison::IgnorePoison;
