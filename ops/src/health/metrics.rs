//! Metrics of the health checks, collected without running checks.

use super::check_state::CheckState;
use super::run_result::RunEnd;
use super::runner::Health;
use crate::descriptor::{MetricKind, Status};
use crate::metric::{Instrument, Part, Reader, Value};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::SystemTime;
use tokio::time::Instant;

/// All statuses in alphabetical order.
const STATUSES: [Status; 4] = [Status::Degraded, Status::Healthy, Status::Unhealthy, Status::Unknown];

/// Metrics `ops_health_*` of the checks of a [`Health`].
///
/// A scrape reads the last results and runs no check. A server registers the metrics of its checks when it starts.
///
/// | family | meaning |
/// |---|---|
/// | `ops_health_status{check,status}` | 1 for the effective status of the check, 0 for the other statuses |
/// | `ops_health_runs_total{check,result}` | runs by result: `healthy`, `degraded`, `unhealthy`, `timeout`, `panic`, `stopped` |
/// | `ops_health_duration_seconds{check}` | number and total duration of the runs |
/// | `ops_health_last_run_timestamp_seconds{check}` | time at which the last run ended |
///
/// ```
/// use ops::health::HealthMetrics;
/// use ops::{Health, Metrics};
/// use std::sync::Arc;
///
/// let health = Arc::new(Health::new());
/// health.register("db", |_context| async { true });
/// let metrics = Metrics::new();
/// metrics.register("ops_health", "", None, HealthMetrics::new(&health))?;
/// assert!(metrics.to_text().contains("ops_health_status{check=\"db\",status=\"unknown\"} 1\n"));
/// # Ok::<(), ops::registry::MetricError>(())
/// ```
pub struct HealthMetrics {
    health: Weak<Health>,
}

impl HealthMetrics {
    /// Creates the metrics of `health`. They have no series once it is dropped.
    pub fn new(health: &Arc<Health>) -> Self {
        HealthMetrics { health: Arc::downgrade(health) }
    }
}

impl Instrument for HealthMetrics {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("_status", MetricKind::Gauge)
                .help("Status of the check: 1 for the current one, 0 for the others.")
                .labels(vec!["check", "status"]),
            Part::new("_runs", MetricKind::Counter)
                .help("Runs of the check, by result.")
                .labels(vec!["check", "result"]),
            Part::new("_duration", MetricKind::Summary)
                .unit("seconds")
                .help("Duration of the runs of the check.")
                .labels(vec!["check"]),
            Part::new("_last_run_timestamp", MetricKind::Gauge)
                .unit("seconds")
                .help("Unix time at which the last run of the check ended.")
                .labels(vec!["check"]),
        ]
    }

    fn collect(&self, part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let Some(health) = self.health.upgrade() else { return };
        for check in health.select(|_| true) {
            // Check names contain no character that requires escaping in a label value.
            let labels = format!("check=\"{}\"", check.descriptor().name());
            let state = check.state();
            match part {
                0 => {
                    let status = state
                        .effective_status(check.descriptor(), Instant::now())
                        .0
                        .counted(check.descriptor().critical);
                    drop(state);
                    for candidate in STATUSES {
                        let value = f64::from(u8::from(candidate == status));
                        series(&format!("{labels},status=\"{candidate}\""), Value::Gauge(value));
                    }
                }
                1 => {
                    let stats = state.stats;
                    drop(state);
                    for end in RunEnd::ALL {
                        let value = Value::counter(stats.of(end));
                        series(&format!("{labels},result=\"{}\"", end.as_str()), value);
                    }
                }
                2 => {
                    let stats = state.stats;
                    drop(state);
                    series(&labels, Value::summary(stats.runs(), stats.duration.as_secs_f64()));
                }
                _ => {
                    let ended = ended(&state);
                    drop(state);
                    if let Some(ended) = ended {
                        series(&labels, Value::Gauge(ended));
                    }
                }
            }
        }
    }

    fn overflowed(&self) -> u64 {
        0
    }
}

/// Returns the Unix time at which the last run ended, in seconds.
fn ended(state: &CheckState) -> Option<f64> {
    let ended = state.last.as_ref()?.time.duration_since(SystemTime::UNIX_EPOCH);
    Some(ended.unwrap_or_default().as_secs_f64())
}

impl fmt::Debug for HealthMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthMetrics").finish_non_exhaustive()
    }
}
