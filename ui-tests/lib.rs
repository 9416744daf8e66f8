//! Compile-time tests of the attributes: `pass/` compiles, `fail/` fails with the message beside it.
