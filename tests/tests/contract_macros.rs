//! The contract, as it stands: not formatted, not changed.

#[path = "../contract/macros.rs"]
#[rustfmt::skip]
mod macros;
