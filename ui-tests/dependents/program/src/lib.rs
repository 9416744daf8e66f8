//! A program that uses `ops`, and libraries that depend on it or on `ops-core` in every way that there is.

ops::link!(dependent_both, dependent_core, dependent_core_tested, dependent_renamed, dependent_renamed_core);
