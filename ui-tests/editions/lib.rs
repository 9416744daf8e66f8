//! Nothing: the test `shapes` is what is compiled in each edition.
