//! Compiles `tests/contract/macros.rs`, which must not be modified or reformatted.

#[path = "../contract/macros.rs"]
#[rustfmt::skip]
mod macros;
