//! The checks of a program, and the runner that asks them.

use super::check::{Body, Check, Source};
use super::flight::{Finished, GRACE, timed_out};
use super::instant::{after, rounded};
use super::report::{CheckResult, Report};
use super::resource::Resources;
use super::{CheckContext, HealthError, IntoOutcome, LinkedCheck, Outcome, Run};
use crate::descriptor::{CheckDescriptor, CheckKind};
use crate::name::is_check_name;
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
    checks: RwLock<BTreeMap<String, Arc<Check>>>,
    resources: Arc<Resources>,
    started: AtomicBool,
}

impl Health {
    /// Health without checks: healthy.
    pub fn new() -> Self {
        Health::default()
    }

    /// Registers `check` as a critical readiness check called `name`, with a timeout of 2 s. One that has the name
    /// already is replaced; the very next run is of the new one.
    ///
    /// # Panics
    /// If `name` is not the name of a check (`[a-z0-9][a-z0-9_.-]*`, at most 64 bytes). For a name that is not written
    /// in the program, there is [`try_register`](Self::try_register).
    #[track_caller]
    pub fn register<F, A>(&self, name: impl Into<String>, check: F)
    where
        F: Fn(CheckContext) -> A + Send + Sync + 'static,
        A: Future + Send + 'static,
        A::Output: IntoOutcome,
    {
        if let Err(error) = self.try_register(name, check) {
            panic!("{error}");
        }
    }

    /// Registers `check` as [`register`](Self::register) does.
    ///
    /// # Errors
    /// [`HealthError::Name`] if `name` is not the name of a check.
    pub fn try_register<F, A>(&self, name: impl Into<String>, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> A + Send + Sync + 'static,
        A: Future + Send + 'static,
        A::Output: IntoOutcome,
    {
        self.register_check(CheckDescriptor::named(name), check)
    }

    /// Registers `check` as `descriptor` says, in place of the one that has its name.
    ///
    /// # Errors
    /// [`HealthError::Name`] if it is not the name of a check.
    pub fn register_check<F, A>(&self, descriptor: CheckDescriptor, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> A + Send + Sync + 'static,
        A: Future + Send + 'static,
        A::Output: IntoOutcome,
    {
        self.replace(
            descriptor,
            Body::Async(Box::new(move |context| {
                let answer = check(context);
                Box::pin(async move { answer.await.into_outcome() })
            })),
        )
    }

    /// Registers `check`, which blocks its thread, as `descriptor` says, in place of the one that has its name.
    ///
    /// A run that takes longer than the timeout is reported as such and goes on; no second one is started beside it.
    ///
    /// # Errors
    /// [`HealthError::Name`] if it is not the name of a check.
    pub fn register_blocking<F, O>(&self, descriptor: CheckDescriptor, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> O + Send + Sync + 'static,
        O: IntoOutcome,
    {
        self.replace(descriptor, Body::Blocking(Box::new(move |context| check(context).into_outcome())))
    }

    /// Registers a check that was linked into the program.
    ///
    /// # Errors
    /// [`HealthError::Duplicate`] if there is one of that name: it stays. [`HealthError::Name`] if it is not the name
    /// of a check.
    pub fn register_linked(&self, check: &LinkedCheck) -> Result<(), HealthError> {
        let descriptor = named(check.descriptor().clone())?;
        let body = match check.run() {
            Run::Async(run) => Body::Async(Box::new(run)),
            Run::Blocking(run) => Body::Blocking(Box::new(run)),
        };
        let mut checks = self.checks.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = checks.get(descriptor.name()) {
            return Err(HealthError::Duplicate {
                name: descriptor.name().to_owned(),
                first: first.descriptor.location,
                second: descriptor.location,
            });
        }
        checks.insert(descriptor.name().to_owned(), Arc::new(Check::new(descriptor, body)));
        Ok(())
    }

    fn replace(&self, descriptor: CheckDescriptor, body: Body) -> Result<(), HealthError> {
        let descriptor = named(descriptor)?;
        let name = descriptor.name().to_owned();
        let check = Arc::new(Check::new(descriptor, body));
        let mut checks = self.checks.write().unwrap_or_else(PoisonError::into_inner);
        let replaced = checks.insert(name, check);
        // What it captured has foreign destructors: they run when the lock is free again.
        drop(checks);
        drop(replaced);
        Ok(())
    }

    /// Takes out the check called `name`; whether there was one.
    pub fn deregister(&self, name: &str) -> bool {
        let removed = self.checks.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        removed.is_some()
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

fn named(descriptor: CheckDescriptor) -> Result<CheckDescriptor, HealthError> {
    if is_check_name(descriptor.name()) {
        Ok(descriptor)
    } else {
        Err(HealthError::Name { name: descriptor.name().to_owned() })
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
