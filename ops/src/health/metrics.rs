//! Health as metrics, read without running anything.

use super::check_state::CheckState;
use super::run_result::RunEnd;
use super::runner::Health;
use crate::descriptor::{MetricKind, Status};
use crate::metric::{Instrument, Part, Reader, Value};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::SystemTime;
use tokio::time::Instant;

/// The statuses, sorted by their words.
const STATUSES: [Status; 4] = [Status::Degraded, Status::Healthy, Status::Unhealthy, Status::Unknown];

/// What the checks of a [`Health`] were when they were last asked, as `ops_health_*`.
///
/// A scrape runs no check. A server registers those of its checks when it starts.
///
/// | family | what it is |
/// |---|---|
/// | `ops_health_status{check,status}` | 1 for the status that the check counts for, 0 for the others |
/// | `ops_health_runs_total{check,result}` | runs by result: `healthy`, `degraded`, `unhealthy`, `timeout`, `panic`, `stopped` |
/// | `ops_health_duration_seconds{check}` | how many runs took how long, all together |
/// | `ops_health_last_run_timestamp_seconds{check}` | when the last run ended |
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
    /// Those of `health`, for as long as it is there.
    pub fn new(health: &Arc<Health>) -> Self {
        HealthMetrics { health: Arc::downgrade(health) }
    }
}

impl Instrument for HealthMetrics {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("_status", MetricKind::Gauge)
                .help("1 for what the check counts for.")
                .labels(vec!["check", "status"]),
            Part::new("_runs", MetricKind::Counter)
                .help("Runs of the check by result.")
                .labels(vec!["check", "result"]),
            Part::new("_duration", MetricKind::Summary)
                .unit("seconds")
                .help("How long the runs of the check took.")
                .labels(vec!["check"]),
            Part::new("_last_run_timestamp", MetricKind::Gauge)
                .unit("seconds")
                .help("When the last run ended.")
                .labels(vec!["check"]),
        ]
    }

    fn collect(&self, part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let Some(health) = self.health.upgrade() else { return };
        for check in health.chosen(|_| true) {
            // Names of checks have no character that a label would escape.
            let labels = format!("check=\"{}\"", check.descriptor().name());
            let state = check.state();
            match part {
                0 => {
                    let status = state
                        .effective_status(check.descriptor(), Instant::now())
                        .0
                        .counted(check.descriptor().critical);
                    drop(state);
                    for each in STATUSES {
                        let value = f64::from(u8::from(each == status));
                        series(&format!("{labels},status=\"{each}\""), Value::Gauge(value));
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

/// When the last run ended, in seconds since 1970.
fn ended(state: &CheckState) -> Option<f64> {
    let ended = state.last.as_ref()?.time.duration_since(SystemTime::UNIX_EPOCH);
    Some(ended.unwrap_or_default().as_secs_f64())
}

impl fmt::Debug for HealthMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthMetrics").finish_non_exhaustive()
    }
}
