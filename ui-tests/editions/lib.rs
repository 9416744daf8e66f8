//! Empty library; the test `shapes` is compiled in each edition.
