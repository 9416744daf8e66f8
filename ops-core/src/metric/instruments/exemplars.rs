//! Exemplar storage: the most recent exemplar of each bucket of each series.
//!
//! Exemplars are stored apart from the cells, so that they cost nothing in updates without an exemplar.

use crate::metric::cells::CellRef;
use crate::metric::labels::{Attr, AttrLabels, LabelWriter, Labels as _};
use crate::metric::value::Exemplar;
use crate::unwind::IgnorePoison;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, TryLockError};
use std::time::SystemTime;

/// OpenMetrics limit on the total characters of the label names and values of an exemplar.
const MAX_CHARACTERS: usize = 128;

/// The exemplars of one instrument, by series and bucket index.
#[derive(Debug)]
pub(super) struct Exemplars {
    /// `true` once an exemplar was stored.
    any: AtomicBool,
    /// Number of series removals at the last `forget_removed`.
    removals: AtomicU64,
    latest: Mutex<Option<HashMap<(CellRef, usize), Exemplar>>>,
}

impl Exemplars {
    pub(super) const fn new() -> Self {
        Exemplars { any: AtomicBool::new(false), removals: AtomicU64::new(0), latest: Mutex::new(None) }
    }

    /// Stores an exemplar, replacing that of the bucket.
    ///
    /// Drops it if its labels are too long or another thread holds the lock: an update must not block.
    pub(super) fn store(&self, cells: CellRef, bucket: usize, value: f64, attrs: &[Attr]) {
        let characters = |attr: &Attr| attr.key().chars().count() + attr.value().to_string().chars().count();
        if attrs.iter().map(characters).sum::<usize>() > MAX_CHARACTERS {
            return;
        }
        let mut labels = String::new();
        AttrLabels(attrs).write(&mut LabelWriter::new(&mut labels));
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let exemplar = Exemplar { labels: labels.into(), value, timestamp: since_epoch.as_secs_f64() };
        let mut latest = match self.latest.try_lock() {
            Ok(latest) => latest,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        latest.get_or_insert_default().insert((cells, bucket), exemplar);
        self.any.store(true, Ordering::Release);
    }

    /// Drops all exemplars if the total number of series removals has changed since the last call.
    ///
    /// The cells of a removed series may be reused, so its exemplars must not be attributed to the new series.
    pub(super) fn forget_removed(&self, removals: u64) {
        if self.has_any() && self.removals.swap(removals, Ordering::AcqRel) != removals {
            *self.latest.lock().ignore_poison() = None;
        }
    }

    /// Returns `true` if an exemplar was ever stored. Otherwise, readers skip the lock.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Returns the exemplars of one series by bucket.
    pub(super) fn of_series(&self, cells: CellRef, buckets: usize) -> Vec<Option<Exemplar>> {
        let latest = self.latest.lock().ignore_poison();
        let Some(latest) = latest.as_ref() else { return Vec::new() };
        (0..buckets).map(|bucket| latest.get(&(cells, bucket)).cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::attr;

    #[test]
    fn keeps_the_most_recent_exemplar_of_each_bucket() {
        let exemplars = Exemplars::new();
        for (bucket, value) in [(0, 0.5), (2, 7.0), (2, 8.0)] {
            exemplars.store(CellRef::permanent(40), bucket, value, &[attr("trace_id", "abc")]);
        }
        let latest = exemplars.of_series(CellRef::permanent(40), 3);
        let values: Vec<_> =
            latest.iter().map(|latest| latest.as_ref().map(|exemplar| (exemplar.value, &*exemplar.labels))).collect();
        let labels = r#"trace_id="abc""#;
        assert_eq!(values, [Some((0.5, labels)), None, Some((8.0, labels))]);
    }

    #[test]
    fn drops_exemplars_when_series_are_removed() {
        let exemplars = Exemplars::new();
        let store = || exemplars.store(CellRef::permanent(7), 0, 1.0, &[attr("trace_id", "abc")]);
        store();
        exemplars.forget_removed(0);
        assert!(exemplars.of_series(CellRef::permanent(7), 1)[0].is_some());
        exemplars.forget_removed(1);
        assert!(exemplars.of_series(CellRef::permanent(7), 1).is_empty());
        store();
        exemplars.forget_removed(1);
        assert!(exemplars.of_series(CellRef::permanent(7), 1)[0].is_some());
    }

    #[test]
    fn drops_exemplars_whose_labels_exceed_the_openmetrics_limit() {
        let exemplars = Exemplars::new();
        exemplars.store(CellRef::permanent(0), 0, 1.0, &[attr("trace_id", "x".repeat(121))]);
        assert!(!exemplars.has_any());
        exemplars.store(CellRef::permanent(0), 0, 1.0, &[attr("trace_id", "x".repeat(120))]);
        assert!(exemplars.has_any());
    }
}
