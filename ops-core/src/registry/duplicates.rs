//! Reports duplicate series that cannot be merged, and functions with the same path.

use super::family::FamilyInfo;
use crate::diagnostics::{self, Diagnostic};
use crate::metric::{ERRORS, Reason};
use crate::unwind::IgnorePoison;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The duplicates of a registry that were reported, so that each is reported once.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    /// Names of the families with a reported duplicate series.
    reported: Mutex<HashSet<String>>,
    functions_reported: AtomicBool,
}

impl Duplicates {
    /// Reports functions with the same path, on the first call only.
    pub(super) fn report_functions(&self, functions: &[Diagnostic]) {
        if !functions.is_empty() && !self.functions_reported.swap(true, Ordering::Relaxed) {
            functions.iter().for_each(diagnostics::report);
        }
    }

    /// Counts a dropped series of the family `info`; the first one of each family is reported.
    pub(crate) fn record(&self, info: &FamilyInfo, labels: &str) {
        ERRORS.inc(Reason::Duplicate);
        if self.reported.lock().ignore_poison().insert(info.name.clone()) {
            let (family, labels) = (info.name.clone(), labels.to_owned());
            diagnostics::report(&Diagnostic::DuplicateSeries { family, labels, location: info.location });
        }
    }
}
