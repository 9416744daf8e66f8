//! The checks of a program, and the runner that asks them.

use super::Outcome;
use super::check::{Check, Source};
use super::flight::{Finished, GRACE, timed_out};
use super::instant::{after, rounded};
use super::report::{CheckResult, Report};
use super::resource::Resources;
use crate::descriptor::{CheckDescriptor, CheckKind};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// The health checks of a program, and the runner that asks them.
///
/// All checks of a report run at once, each in a task of its own and each at most once at a time: whoever asks during
/// a run waits for that one. A check that panics or takes longer than its timeout has failed, nothing else.
///
/// ```
/// use ops::{Health, Outcome, Status};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let health = Health::new();
/// health.register("db", |_context| async { Ok::<(), std::io::Error>(()) });
/// health.register("disk", |_context| async { Outcome::degraded("91 % full") });
///
/// let report = health.check().await;
/// assert_eq!(report.status, Status::Degraded);
/// assert_eq!(report.to_text(), "[+]db ok\n[!]disk degraded: 91 % full\ndegraded\n");
/// # }
/// ```
#[derive(Default)]
pub struct Health {
    pub(super) checks: RwLock<BTreeMap<String, Arc<Check>>>,
    resources: Arc<Resources>,
    started: AtomicBool,
}

impl Health {
    /// Health without checks: healthy.
    pub fn new() -> Self {
        Health::default()
    }

    /// The names of the checks, sorted.
    pub fn names(&self) -> Vec<String> {
        self.checks.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// What the checks declare, sorted by name.
    pub fn descriptors(&self) -> Vec<CheckDescriptor> {
        self.chosen(|_| true).iter().map(|check| check.descriptor.clone()).collect()
    }

    /// Provides `value` to the checks that ask for a `Resource<T>`, in place of the one of its type that is there.
    pub fn provide<T: Send + Sync + 'static>(&self, value: T) {
        self.resources.provide(value);
    }

    /// Runs all checks, on the present runtime, each within its own timeout. A run in progress is joined.
    ///
    /// # Panics
    /// Outside a tokio runtime, or if its timers are not enabled.
    pub async fn check(&self) -> Report {
        self.check_within(Duration::MAX).await
    }

    /// Runs all checks, on the present runtime, each within its own timeout and within `limit`. A run in progress is
    /// joined. A check that is not done by then has failed.
    ///
    /// # Panics
    /// Outside a tokio runtime, or if its timers are not enabled.
    pub async fn check_within(&self, limit: Duration) -> Report {
        let runtime = Handle::current();
        let now = Instant::now();
        let mut asked = Vec::new();
        for check in self.chosen(|_| true) {
            let limit = check.descriptor.timeout.min(limit);
            let source = check.fresh(limit, &runtime, &self.resources);
            asked.push((check, source, limit));
        }
        let mut results = BTreeMap::new();
        for (check, source, limit) in asked {
            // A run started here is ended by its deadline; one that was joined may have more time than there is here.
            let patience = after(after(now, limit), GRACE * 2);
            let result = match settle(source, patience).await {
                Settled::Finished(finished) => result(&check, &finished),
                Settled::Overdue(elapsed) => overdue(&check, elapsed),
                Settled::Running(elapsed) => {
                    CheckResult::new(&check.descriptor, &timed_out(limit), elapsed, Duration::ZERO)
                }
            };
            results.insert(check.descriptor.name().to_owned(), result);
        }
        Report::new(results)
    }

    /// What the checks of one kind come to, for a probe that can wait no longer than `budget`.
    ///
    /// A result is reused for ten times as long as it took, for a second at most. Otherwise the check runs on
    /// `runtime`; if it is not done within the budget, the report has its last result, with its age, or else a status
    /// of [`Unknown`](super::Status::Unknown). Deadlines are kept by the runtime that this is called on: a `runtime`
    /// that is stalled cannot hold it up if it is another one.
    ///
    /// A startup check that has passed once, with a status that counts as healthy or degraded, is not run again; see
    /// [`startup_complete`](Self::startup_complete).
    ///
    /// # Panics
    /// Outside a tokio runtime, or if its timers are not enabled.
    pub async fn probe(&self, kind: CheckKind, budget: Duration, runtime: &Handle) -> Report {
        let limit = after(Instant::now(), budget);
        let complete = kind == CheckKind::Startup && self.startup_complete();
        let mut asked = Vec::new();
        for check in self.chosen(|descriptor| descriptor.kind == kind) {
            let source = match check.passed() {
                Some(passed) => Source::Known(passed),
                None if complete => continue,
                None => check.recent(runtime, &self.resources),
            };
            asked.push((check, source));
        }
        let mut results = BTreeMap::new();
        for (check, source) in asked {
            let result = match settle(source, limit).await {
                Settled::Finished(finished) => result(&check, &finished),
                Settled::Overdue(elapsed) => overdue(&check, elapsed),
                Settled::Running(elapsed) => match check.last() {
                    Some(last) => result(&check, &last),
                    None => unknown(&check, elapsed),
                },
            };
            results.insert(check.descriptor.name().to_owned(), result);
        }
        Report::new(results)
    }

    /// Whether every startup check has passed once. From then on it stays so, whatever is registered later; it is not
    /// so while there is no startup check at all, although a probe finds nothing wrong then.
    pub fn startup_complete(&self) -> bool {
        if self.started.load(Ordering::Relaxed) {
            return true;
        }
        let checks = self.chosen(|descriptor| descriptor.kind == CheckKind::Startup);
        let complete = !checks.is_empty() && checks.iter().all(|check| check.passed().is_some());
        if complete {
            self.started.store(true, Ordering::Relaxed);
        }
        complete
    }

    fn chosen(&self, choice: impl Fn(&CheckDescriptor) -> bool) -> Vec<Arc<Check>> {
        let checks = self.checks.read().unwrap_or_else(PoisonError::into_inner);
        checks.values().filter(|check| choice(&check.descriptor)).cloned().collect()
    }
}

/// What has become of a check by the time that someone could wait.
enum Settled {
    Finished(Arc<Finished>),
    /// It runs, within its time.
    Running(Duration),
    /// It runs, past its time.
    Overdue(Duration),
}

async fn settle(source: Source, limit: Instant) -> Settled {
    match source {
        Source::Known(finished) => Settled::Finished(finished),
        Source::Overdue(flight) => Settled::Overdue(flight.elapsed()),
        Source::Awaited(flight) => match flight.result_by(limit).await {
            Some(finished) => Settled::Finished(finished),
            None => Settled::Running(flight.elapsed()),
        },
    }
}

fn result(check: &Check, finished: &Finished) -> CheckResult {
    CheckResult::new(&check.descriptor, &finished.outcome, finished.duration, finished.at.elapsed())
}

fn overdue(check: &Check, elapsed: Duration) -> CheckResult {
    let outcome = Outcome::unhealthy(format_args!(
        "still running since {:?} ago, past its timeout of {:?}",
        rounded(elapsed),
        rounded(check.descriptor.timeout)
    ));
    CheckResult::new(&check.descriptor, &outcome, elapsed, Duration::ZERO)
}

fn unknown(check: &Check, elapsed: Duration) -> CheckResult {
    let outcome =
        Outcome::unknown(format_args!("no result yet: the first run has taken {:?} so far", rounded(elapsed)));
    CheckResult::new(&check.descriptor, &outcome, elapsed, Duration::ZERO)
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("checks", &self.names()).finish_non_exhaustive()
    }
}
