//! The metrics of a tokio runtime.

use crate::descriptor::MetricKind;
use crate::metric::{Instrument, Part, Reader, Value};
use ops_core::unwind::IgnorePoison;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use tokio::runtime::{Handle, RuntimeMetrics};
use tokio::sync::oneshot;

/// Metrics of a tokio runtime: workers, tasks, queue depth and busy time, as `tokio_*`.
///
/// With the feature `server`, starting a server registers the metrics of the application's runtime. After the runtime has shut
/// down, they have no series.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ops::registry::MetricError> {
/// let metrics = ops::Metrics::new();
/// metrics.register("tokio", "", None, ops::runtime::TokioMetrics::new(&tokio::runtime::Handle::current()))?;
/// assert!(metrics.to_text().contains("tokio_workers 1\n"));
/// # Ok(())
/// # }
/// ```
pub struct TokioMetrics {
    runtime: Arc<RuntimeSlot>,
    /// Ends the sentinel task when dropped.
    _sentinel: oneshot::Sender<()>,
}

/// The metrics of the runtime, or `None` once it has shut down.
///
/// They are dropped at shutdown, because they keep file descriptors of the runtime open.
type RuntimeSlot = Mutex<Option<RuntimeMetrics>>;

impl TokioMetrics {
    /// Creates the metrics of `runtime`.
    ///
    /// They spawn a sentinel task on it, which detects its shutdown and is not counted in `alive_tasks`.
    pub fn new(runtime: &Handle) -> Self {
        let slot = Arc::new(Mutex::new(Some(runtime.metrics())));
        let (sentinel, ended) = oneshot::channel::<()>();
        let shutdown = OnShutdown(Arc::downgrade(&slot));
        runtime.spawn(async move {
            let _shutdown = shutdown;
            let _ = ended.await;
        });
        TokioMetrics { runtime: slot, _sentinel: sentinel }
    }
}

/// Clears the slot when dropped: a runtime drops its tasks when it shuts down.
struct OnShutdown(Weak<RuntimeSlot>);

impl Drop for OnShutdown {
    fn drop(&mut self) {
        if let Some(slot) = self.0.upgrade() {
            slot.lock().ignore_poison().take();
        }
    }
}

/// Index of the family `_worker_busy`.
const BUSY: usize = 3;

/// Number of sentinel tasks per [`TokioMetrics`].
const SENTINEL: usize = 1;

impl Instrument for TokioMetrics {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("_workers", MetricKind::Gauge).help("Number of worker threads."),
            Part::new("_alive_tasks", MetricKind::Gauge).help("Number of tasks that have not completed."),
            Part::new("_global_queue_depth", MetricKind::Gauge).help("Number of tasks in the global queue."),
            Part::new("_worker_busy", MetricKind::Counter)
                .unit("seconds")
                .help("Busy time of the worker.")
                .labels(vec!["worker"]),
        ]
    }

    fn collect(&self, part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let runtime = self.runtime.lock().ignore_poison();
        let Some(runtime) = &*runtime else { return };
        match part {
            0 => series("", Value::Gauge(runtime.num_workers() as f64)),
            1 => series("", Value::Gauge(runtime.num_alive_tasks().saturating_sub(SENTINEL) as f64)),
            2 => series("", Value::Gauge(runtime.global_queue_depth() as f64)),
            BUSY => {
                let mut workers: Vec<(String, usize)> =
                    (0..runtime.num_workers()).map(|worker| (format!("worker=\"{worker}\""), worker)).collect();
                workers.sort();
                for (labels, worker) in workers {
                    let busy = runtime.worker_total_busy_duration(worker).as_secs_f64();
                    series(&labels, Value::float_counter(busy));
                }
            }
            _ => {}
        }
    }

    fn overflowed(&self) -> u64 {
        0
    }
}

impl fmt::Debug for TokioMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioMetrics").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Metrics;

    #[test]
    fn series_disappear_when_the_runtime_shuts_down() {
        for runtime in [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()] {
            let runtime = { runtime }.build().unwrap();
            let metrics = Metrics::new();
            metrics.register("tokio", "", None, TokioMetrics::new(runtime.handle())).unwrap();
            assert!(metrics.to_text().contains("\ntokio_alive_tasks 0\n"), "{}", metrics.to_text());
            drop(runtime);
            assert_eq!(metrics.to_text(), "");
        }
    }

    #[test]
    fn runtime_that_is_already_shut_down_has_no_series() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let handle = runtime.handle().clone();
        drop(runtime);
        let metrics = Metrics::new();
        metrics.register("tokio", "", None, TokioMetrics::new(&handle)).unwrap();
        assert_eq!(metrics.to_text(), "");
    }

    #[test]
    fn dropped_metrics_leave_no_task_behind() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let metrics = TokioMetrics::new(runtime.handle());
        assert_eq!(runtime.metrics().num_alive_tasks(), 1);
        drop(metrics);
        runtime.block_on(async {
            while runtime.metrics().num_alive_tasks() > 0 {
                tokio::task::yield_now().await;
            }
        });
    }
}
