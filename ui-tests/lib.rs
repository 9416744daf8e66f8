//! Compile-time tests of the macros.
//!
//! The cases of `pass/` compile, those of `fail/` fail with the message beside them.
