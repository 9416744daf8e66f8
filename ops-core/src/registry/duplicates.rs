//! Series that a family has twice and that cannot be added up.

use super::family::FamilyInfo;
use crate::diagnostics::{self, Diagnostic};
use crate::metric::{ERRORS, Reason};
use crate::unwind::IgnorePoison;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The families of a registry that were reported to have a series twice.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    reported: Mutex<HashSet<String>>,
    functions_reported: AtomicBool,
}

impl Duplicates {
    /// Reports functions whose calls are added up, the first time that it is called.
    pub(super) fn report_functions(&self, functions: &[Diagnostic]) {
        if !functions.is_empty() && !self.functions_reported.swap(true, Ordering::Relaxed) {
            functions.iter().for_each(diagnostics::report);
        }
    }

    /// Counts a dropped series of the family `info`, and reports the first one of each family.
    pub(crate) fn record(&self, info: &FamilyInfo, labels: &str) {
        ERRORS.inc(Reason::Duplicate);
        if self.reported.lock().ignore_poison().insert(info.name.clone()) {
            let (family, labels) = (info.name.clone(), labels.to_owned());
            diagnostics::report(&Diagnostic::DuplicateSeries { family, labels, location: info.location });
        }
    }
}
