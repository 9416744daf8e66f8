//! A program that links libraries with every combination of `ops` and `ops-core` dependencies.

ops::link!(dependent_both, dependent_core, dependent_core_tested, dependent_renamed, dependent_renamed_core);
