//! The metrics of a tokio runtime.

use crate::descriptor::MetricKind;
use crate::metric::{Instrument, Part, Reader, Value};
use std::fmt;
use tokio::runtime::{Handle, RuntimeMetrics};

/// Workers, tasks, queue and busy time of a tokio runtime, as `tokio_*`.
///
/// With the feature `server`, that of the application is registered when the server starts.
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
    runtime: RuntimeMetrics,
}

impl TokioMetrics {
    /// Those of `runtime`.
    pub fn new(runtime: &Handle) -> Self {
        TokioMetrics { runtime: runtime.metrics() }
    }
}

const BUSY: usize = 3;

impl Instrument for TokioMetrics {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("_workers", MetricKind::Gauge).help("Worker threads."),
            Part::new("_alive_tasks", MetricKind::Gauge).help("Tasks that have not ended."),
            Part::new("_global_queue_depth", MetricKind::Gauge).help("Tasks that wait in the queue of all workers."),
            Part::new("_worker_busy", MetricKind::Counter)
                .unit("seconds")
                .help("Time that a worker was busy.")
                .labels(vec!["worker"]),
        ]
    }

    fn collect(&self, part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let runtime = &self.runtime;
        match part {
            0 => series("", Value::Gauge(runtime.num_workers() as f64)),
            1 => series("", Value::Gauge(runtime.num_alive_tasks() as f64)),
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
