//! Compile-time tests of the macros.
//!
//! The cases of `pass/` compile, those of `fail/` fail with the message beside them.

/// Doctests of the troubleshooting guide.
#[cfg(doctest)]
#[doc = include_str!("../docs/troubleshooting.md")]
mod troubleshooting {}
