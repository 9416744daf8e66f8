//! Metrics of watched files: failed reloads and the last successful load.

use super::unix_time::unix_seconds;
use crate::descriptor::MetricKind;
use crate::metric::{Instrument, Part, Reader, Value};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::SystemTime;

/// A watched file or set of files that counts its reloads.
pub(crate) trait Reloads: Debug + Send + Sync {
    /// Help text of the counter of failed reloads.
    const FAILURES_HELP: &'static str;
    /// Help text of the gauge of the last successful load.
    const LAST_SUCCESS_HELP: &'static str;

    /// Returns the number of failed reloads and the time of the last successful load.
    fn reloads(&self) -> (u64, SystemTime);
}

/// The metrics `*_reload_failures_total` and `*_last_success_timestamp_seconds`.
#[derive(Debug)]
pub(crate) struct ReloadMetrics<F>(pub(crate) Arc<F>);

impl<F: Reloads> Instrument for ReloadMetrics<F> {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("_reload_failures", MetricKind::Counter).help(F::FAILURES_HELP),
            Part::new("_last_success_timestamp_seconds", MetricKind::Gauge).help(F::LAST_SUCCESS_HELP),
        ]
    }

    fn collect(&self, part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let (failures, last_success) = self.0.reloads();
        match part {
            0 => series("", Value::float_counter(failures as f64)),
            _ => series("", Value::Gauge(unix_seconds(last_success))),
        }
    }

    fn overflowed(&self) -> u64 {
        0
    }
}
