//! What annotated functions do at run time. No observer is installed here.

mod drops;
mod futures;
mod outcomes;
