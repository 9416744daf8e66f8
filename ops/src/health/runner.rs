//! The checks of a program, and the runner that asks them.

use super::check::Check;
use super::flight::{Flight, GRACE, Ground, timed_out};
use super::instant::after;
use super::journal::Journal;
use super::report::{CheckResult, Report};
use super::resource::Resources;
use crate::descriptor::{CheckDescriptor, CheckKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

/// How many checks run at once.
const AT_ONCE: usize = 64;

/// The health checks of a program, and the runner that asks them.
///
/// All checks of a report run at once, each in a task or a thread of its own and each at most once at a time: whoever
/// asks during a run waits for that one. A check that panics or takes longer than its timeout has failed, nothing else.
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
pub struct Health {
    pub(super) checks: RwLock<BTreeMap<String, Arc<Check>>>,
    pub(super) groups: RwLock<BTreeMap<String, BTreeSet<String>>>,
    pub(super) journal: Arc<Journal>,
    pub(super) draining: Mutex<bool>,
    /// Something may be due earlier than it was.
    pub(super) altered: Notify,
    resources: Arc<Resources>,
    places: Arc<Semaphore>,
    started: AtomicBool,
}

impl Default for Health {
    fn default() -> Self {
        Health {
            checks: RwLock::default(),
            groups: RwLock::default(),
            journal: Arc::default(),
            draining: Mutex::default(),
            altered: Notify::new(),
            resources: Arc::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            started: AtomicBool::new(false),
        }
    }
}

impl Health {
    /// Health without checks: healthy.
    pub fn new() -> Self {
        Health::default()
    }

    /// Sets how many checks run at once: 64, and at least 1. A check that is past its time and cannot be stopped counts no
    /// more.
    #[must_use]
    pub fn at_once(self, checks: usize) -> Self {
        Health { places: Arc::new(Semaphore::new(checks.clamp(1, Semaphore::MAX_PERMITS))), ..self }
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
        let ground = self.ground(&Handle::current());
        let now = Instant::now();
        let mut asked = Vec::new();
        for check in self.chosen(|_| true) {
            let limit = check.descriptor.timeout.min(limit);
            let flight = check.run_now(limit, &ground);
            asked.push((check, flight, limit));
        }
        let mut results = BTreeMap::new();
        for (check, flight, limit) in asked {
            let result = result_by(&check, flight, limit, now).await;
            results.insert(check.descriptor.name().to_owned(), result);
        }
        Report::new(results, false)
    }

    /// Runs the check called `name` on `runtime`, or joins the run in progress; `None` if there is no such check.
    ///
    /// # Panics
    /// Outside a tokio runtime, or if its timers are not enabled.
    pub async fn check_one(&self, name: &str, runtime: &Handle) -> Option<CheckResult> {
        let check = self.named(name)?;
        let (now, limit) = (Instant::now(), check.descriptor.timeout);
        let flight = check.run_now(limit, &self.ground(runtime));
        Some(result_by(&check, flight, limit, now).await)
    }

    /// Whether every startup check has passed once. From then on it stays so, whatever is registered later; it is not
    /// so while there is no startup check at all, although a probe finds nothing wrong then.
    pub fn startup_complete(&self) -> bool {
        if self.started.load(Ordering::Relaxed) {
            return true;
        }
        let checks = self.chosen(|descriptor| descriptor.kinds.contains(CheckKind::Startup));
        let complete = !checks.is_empty() && checks.iter().all(|check| check.has_passed());
        if complete {
            self.started.store(true, Ordering::Relaxed);
        }
        complete
    }

    pub(super) fn chosen(&self, choice: impl Fn(&CheckDescriptor) -> bool) -> Vec<Arc<Check>> {
        let checks = self.checks.read().unwrap_or_else(PoisonError::into_inner);
        checks.values().filter(|check| choice(&check.descriptor)).cloned().collect()
    }

    pub(super) fn named(&self, name: &str) -> Option<Arc<Check>> {
        self.checks.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(super) fn ground(&self, runtime: &Handle) -> Ground {
        Ground { runtime: runtime.clone(), resources: self.resources.clone(), places: self.places.clone() }
    }
}

/// What `check` has come to, once `flight` is over or has taken `limit` since `asked`.
async fn result_by(check: &Check, flight: Option<Arc<Flight>>, limit: Duration, asked: Instant) -> CheckResult {
    // A run started here is ended by its deadline; one that was joined may have more time than there is here.
    let patience = after(after(asked, limit), GRACE * 2);
    match flight {
        Some(flight) if !flight.has_result_by(patience).await => {
            let reason = timed_out(limit).reason().unwrap_or_default().to_owned();
            check.shown_before_the_end_of(&flight, reason)
        }
        _ => check.shown(None),
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("checks", &self.names()).finish_non_exhaustive()
    }
}
