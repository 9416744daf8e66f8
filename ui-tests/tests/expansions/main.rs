//! Run-time behavior of annotated functions, without an observer.

mod drops;
mod futures;
mod outcomes;
