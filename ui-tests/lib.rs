//! Compile-time tests of the attributes: `pass/` compiles, `fail/` fails with the message beside it.

/// The examples of the page compile, or fail to as it says.
#[cfg(doctest)]
#[doc = include_str!("../docs/troubleshooting.md")]
mod troubleshooting {}
