//! [`Health`]: the health checks of a program and the runner that executes them.

use super::change::Change;
use super::check::Check;
use super::details::{CheckDetails, Details};
use super::groups::{self, Groups};
use super::heartbeat;
use super::journal::{self, Changes, Journal};
use super::overrides::Override;
use super::probe;
use super::report::{CheckResult, Report};
use super::saturating_time::after;
use super::scheduler;
use super::supervisor::{self, RunEnv};
use crate::descriptor::{CheckDescriptor, CheckKind, Status};
use crate::health::{CheckContext, CheckFn, CheckRegistry, HealthError, IntoOutcome, LinkedCheck, Resources};
use ops_core::health::bounded_text;
use ops_core::unwind::IgnorePoison;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, SystemTime};
use std::{fmt, io};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until};

/// Default limit of concurrent runs.
const DEFAULT_CONCURRENCY: usize = 64;

/// The health checks of a program and the runner that executes them.
///
/// All checks of a report run concurrently. Each check has at most one run at a time; callers that arrive during a run
/// wait for its result (single-flight). A check that panics or exceeds its timeout has failed and affects nothing else.
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
    registry: Arc<CheckRegistry>,
    resources: Arc<Resources>,
    synced: RwLock<SyncedChecks>,
    groups: Groups,
    journal: Arc<Journal>,
    draining: Mutex<bool>,
    /// Wakes the scheduler when its next deadline may have become earlier.
    rescheduled: Notify,
    concurrency: Arc<Semaphore>,
    started: AtomicBool,
}

/// The checks of the registry as of `generation`.
#[derive(Default)]
struct SyncedChecks {
    generation: u64,
    checks: BTreeMap<String, Arc<Check>>,
    /// The overrides of removed checks, kept for a new registration of the same name.
    overrides: BTreeMap<String, (Override, Status)>,
}

impl Default for Health {
    fn default() -> Self {
        Health::following(Arc::default(), Arc::default())
    }
}

impl Health {
    /// Creates a runner without checks, which is healthy.
    pub fn new() -> Self {
        Health::default()
    }

    /// Creates a runner for the checks in `registry`, which it may share with other runners.
    pub(crate) fn following(registry: Arc<CheckRegistry>, resources: Arc<Resources>) -> Self {
        Health {
            registry,
            resources,
            synced: RwLock::default(),
            groups: Groups::default(),
            journal: Arc::default(),
            draining: Mutex::default(),
            rescheduled: Notify::new(),
            concurrency: Arc::new(Semaphore::new(DEFAULT_CONCURRENCY)),
            started: AtomicBool::new(false),
        }
    }

    /// Sets the maximum number of concurrent runs: 64 by default, at least 1.
    ///
    /// A run that has timed out and cannot be stopped no longer counts.
    #[must_use]
    pub fn at_once(self, checks: usize) -> Self {
        Health { concurrency: Arc::new(Semaphore::new(checks.clamp(1, Semaphore::MAX_PERMITS))), ..self }
    }

    // Registration.

    /// Registers `check` as a critical readiness check called `name`, with a timeout of 2 s.
    ///
    /// Replaces an existing check of the same name and discards its results.
    ///
    /// # Panics
    /// If `name` is not a valid check name (`[a-z0-9][a-z0-9_.-]*`, at most 64 bytes). For names that are not literals,
    /// use [`try_register`](Self::try_register).
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

    /// Registers `check` like [`register`](Self::register), but returns an error instead of panicking.
    ///
    /// # Errors
    /// [`HealthError::InvalidName`] if `name` is not a valid check name.
    pub fn try_register<F, A>(&self, name: impl Into<String>, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> A + Send + Sync + 'static,
        A: Future + Send + 'static,
        A::Output: IntoOutcome,
    {
        self.register_check(CheckDescriptor::named(name), check)
    }

    /// Registers `check` with `descriptor`, replacing an existing check of the same name.
    ///
    /// # Errors
    /// [`HealthError::InvalidName`] if the name in `descriptor` is not a valid check name.
    pub fn register_check<F, A>(&self, descriptor: CheckDescriptor, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> A + Send + Sync + 'static,
        A: Future + Send + 'static,
        A::Output: IntoOutcome,
    {
        self.register_fn(
            descriptor,
            CheckFn::Async(Box::new(move |context| {
                let future = check(context);
                Box::pin(async move { future.await.into_outcome() })
            })),
        )
    }

    /// Registers a blocking `check` with `descriptor`, replacing an existing check of the same name.
    ///
    /// Each run has a dedicated thread. A run that exceeds its timeout is reported as failed and continues; no second run starts
    /// until it ends.
    ///
    /// # Errors
    /// [`HealthError::InvalidName`] if the name in `descriptor` is not a valid check name.
    pub fn register_blocking<F, O>(&self, descriptor: CheckDescriptor, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> O + Send + Sync + 'static,
        O: IntoOutcome,
    {
        self.register_fn(descriptor, CheckFn::Blocking(Box::new(move |context| check(context).into_outcome())))
    }

    /// Registers a check that was linked into the program.
    ///
    /// # Errors
    /// [`HealthError::Duplicate`] if a check of the same name exists, which stays registered. [`HealthError::InvalidName`] if
    /// the name is not a valid check name.
    pub fn register_linked(&self, check: &LinkedCheck) -> Result<(), HealthError> {
        self.registry.register_linked(check)?;
        self.sync();
        Ok(())
    }

    fn register_fn(&self, descriptor: CheckDescriptor, check: CheckFn) -> Result<(), HealthError> {
        self.registry.register(descriptor, check)?;
        self.sync();
        Ok(())
    }

    /// Removes the check called `name`. Returns `true` if it existed.
    pub fn deregister(&self, name: &str) -> bool {
        let removed = self.registry.deregister(name);
        self.sync();
        removed
    }

    /// Returns the names of the checks, sorted.
    pub fn names(&self) -> Vec<String> {
        self.select(|_| true).iter().map(|check| check.descriptor().name().to_owned()).collect()
    }

    /// Returns the descriptors of the checks, sorted by name.
    pub fn descriptors(&self) -> Vec<CheckDescriptor> {
        self.select(|_| true).iter().map(|check| check.descriptor().clone()).collect()
    }

    /// Provides `value` to the checks that take a `Resource<T>`, replacing an existing value of this type.
    pub fn provide<T: Send + Sync + 'static>(&self, value: T) {
        self.resources.provide(value);
    }

    /// Registers `check`, which fails while the heartbeat of `runtime` is late by more than `limit`.
    ///
    /// Detects a runtime whose workers are all blocked or spinning. Intended for a descriptor of the kind `liveness`. The check
    /// runs on a dedicated thread, so that it works while the runtime is stalled. The heartbeat is a task on `runtime` that wakes
    /// every 100 ms, or every tenth of `limit` if that is shorter, until the check is removed.
    ///
    /// ```
    /// use ops::descriptor::CheckDescriptor;
    /// use ops::{CheckKind, Health};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ops::health::HealthError> {
    /// let health = Health::new();
    /// let runtime = tokio::runtime::Handle::current();
    /// let check = CheckDescriptor::new("runtime").kind(CheckKind::Liveness);
    /// health.watch_runtime(check, &runtime, Duration::from_secs(5))?;
    /// assert!(health.check().await.checks["runtime"].ok);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`HealthError::InvalidName`] if the name in `check` is not a valid check name.
    pub fn watch_runtime(&self, check: CheckDescriptor, runtime: &Handle, limit: Duration) -> Result<(), HealthError> {
        let heartbeat = heartbeat::Heartbeat::new(limit);
        let watched = Arc::downgrade(&heartbeat);
        self.register_blocking(check, move |_context| heartbeat.outcome(limit))?;
        runtime.spawn(heartbeat::record_beats(watched));
        Ok(())
    }

    /// Adds `checks` to the group called `name`, which is created if needed.
    ///
    /// `/readyz/{name}` reports the group. Checks whose descriptors [declare](crate::descriptor::CheckDescriptor::groups) the
    /// group belong to it as well. A group that contains an unknown check, or has the name of a check, prevents the server from
    /// starting; see [`group_errors`](Self::group_errors).
    ///
    /// ```
    /// let health = ops::Health::new();
    /// health.register("db", |_context| async {});
    /// health.group("storage", ["db", "disk"]);
    /// assert_eq!(
    ///     health.group_errors()[0].to_string(),
    ///     "invalid health check group `storage`: unknown check `disk`; register it or remove it from the group"
    /// );
    /// ```
    pub fn group(&self, name: impl Into<String>, checks: impl IntoIterator<Item = impl Into<String>>) {
        self.groups.add(name.into(), checks.into_iter().map(Into::into));
    }

    /// Returns the groups, each with the names of its checks.
    pub fn groups(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut groups = self.groups.all();
        for check in self.select(|descriptor| !descriptor.groups.is_empty()) {
            for group in check.descriptor().groups {
                groups.entry((*group).to_owned()).or_default().insert(check.descriptor().name().to_owned());
            }
        }
        groups
    }

    /// Validates the groups and returns the errors.
    pub fn group_errors(&self) -> Vec<HealthError> {
        groups::errors(self.groups(), &self.names().into_iter().collect())
    }

    // Runs.

    /// Runs all checks concurrently on the current tokio runtime, each within its timeout.
    ///
    /// Joins runs in progress. Outside a tokio runtime, no checks run and the report has the last results, like
    /// [`known`](Self::known).
    ///
    /// # Panics
    /// If the timers of the tokio runtime are not enabled.
    pub async fn check(&self) -> Report {
        self.check_within(Duration::MAX).await
    }

    /// Runs all checks like [`check`](Self::check), but fails those that take longer than `limit`.
    ///
    /// # Panics
    /// If the timers of the tokio runtime are not enabled.
    pub async fn check_within(&self, limit: Duration) -> Report {
        let Ok(runtime) = Handle::try_current() else { return self.known() };
        let env = self.run_env(&runtime);
        let now = Instant::now();
        let mut runs = Vec::new();
        for check in self.select(|_| true) {
            let limit = check.descriptor().timeout.min(limit);
            let run = supervisor::run_now(&check, limit, &env);
            runs.push((check, run, limit));
        }
        let mut results = BTreeMap::new();
        for (check, run, limit) in runs {
            let result = probe::result_by(&check, run, limit, now).await;
            results.insert(check.descriptor().name().to_owned(), result);
        }
        Report::new(results, false)
    }

    /// Runs the check called `name` on the current tokio runtime, or joins the run in progress.
    ///
    /// Returns `None` if the check does not exist. Outside a tokio runtime, the check does not run and its last result is
    /// returned, like [`known_of`](Self::known_of).
    ///
    /// # Panics
    /// If the timers of the tokio runtime are not enabled.
    pub async fn check_one(&self, name: &str) -> Option<CheckResult> {
        match Handle::try_current() {
            Ok(runtime) => self.check_one_on(name, &runtime).await,
            Err(_outside) => self.known_of(name),
        }
    }

    /// Runs the check called `name` on `runtime`; see [`check_one`](Self::check_one).
    pub(crate) async fn check_one_on(&self, name: &str, runtime: &Handle) -> Option<CheckResult> {
        let check = self.named(name)?;
        let (now, limit) = (Instant::now(), check.descriptor().timeout);
        let run = supervisor::run_now(&check, limit, &self.run_env(runtime));
        Some(probe::result_by(&check, run, limit, now).await)
    }

    /// Runs the periodic checks on the current tokio runtime while it is polled; never completes.
    ///
    /// Only programs without a server need this; a server does it itself. If several of these futures are polled concurrently,
    /// each check still runs once per interval. Outside a tokio runtime, no checks run.
    ///
    /// # Panics
    /// If the timers of the tokio runtime are not enabled.
    pub async fn keep(&self) {
        match Handle::try_current() {
            Ok(runtime) => self.keep_on(&runtime).await,
            Err(_outside) => std::future::pending().await,
        }
    }

    /// Runs the periodic checks on `runtime`; see [`keep`](Self::keep).
    pub(crate) async fn keep_on(&self, runtime: &Handle) {
        loop {
            let seen = self.registry.generation();
            let env = self.run_env(runtime);
            let next = self.select(|_| true).iter().filter_map(|check| scheduler::turn(check, &env)).min();
            tokio::select! {
                () = sleep_until(next.unwrap_or_else(|| after(Instant::now(), Duration::MAX))) => {}
                () = self.rescheduled.notified() => {}
                _ = self.registry.changed(seen) => {}
            }
        }
    }

    // Probes and reports.

    /// Probes the checks of one kind and returns their report within `budget`.
    ///
    /// A result is reused for ten times the duration of its run, at most for 1 s. Otherwise the check runs on the current tokio
    /// runtime. If it does not complete within the budget, the report has its last result with its age, or its initial status. A
    /// healthy last result counts as degraded once the run has taken longer than the last one, because the checked component may
    /// have failed since. [Periodic](crate::descriptor::CheckDescriptor::interval) checks are not run.
    ///
    /// Outside a tokio runtime, no checks run: the report has the last result or the initial status of each, which is `unknown`
    /// unless its descriptor sets another. The probes of a server run their checks on the runtime on which
    /// [`Api::bind`](crate::Api::bind) was called, and meet the budget even if that runtime is stalled.
    ///
    /// A startup check that has passed once, as healthy or degraded, is not run again; see
    /// [`startup_complete`](Self::startup_complete).
    ///
    /// # Panics
    /// If the timers of the tokio runtime are not enabled.
    pub async fn probe(&self, kind: CheckKind, budget: Duration) -> Report {
        self.probe_without(kind, &BTreeSet::new(), budget, Handle::try_current().ok().as_ref()).await.0
    }

    /// Like [`probe`](Self::probe), with checks on `runtime` and the budget on the current runtime.
    pub(crate) async fn probe_on(&self, kind: CheckKind, budget: Duration, runtime: &Handle) -> Report {
        self.probe_without(kind, &BTreeSet::new(), budget, Some(runtime)).await.0
    }

    /// Like [`probe`](Self::probe), without the checks that `excluded` matches by check or group name.
    ///
    /// Also returns the excluded names that match no check. Without a `runtime`, no checks run.
    pub(crate) async fn probe_without<'a>(
        &self,
        kind: CheckKind,
        excluded: &BTreeSet<&'a str>,
        budget: Duration,
        runtime: Option<&Handle>,
    ) -> (Report, Vec<&'a str>) {
        let complete = kind == CheckKind::Startup && self.startup_complete();
        let mut checks = self.select(|descriptor| descriptor.kinds.contains(kind));
        let (removed, unknown) = probe::exclude(&mut checks, &self.groups(), excluded);
        checks.retain(|check| !complete || check.has_passed());
        let results = probe::results(checks, Some(kind), budget, runtime.map(|runtime| self.run_env(runtime))).await;
        let report = Report::new(results, kind == CheckKind::Readiness && self.is_draining());
        (Report { excluded: removed, ..report }, unknown)
    }

    /// Returns the report of one check, or of the checks of one group, like [`probe`](Self::probe).
    ///
    /// Returns `None` if there is neither a check nor a group called `name`. While the program drains, the report is unhealthy.
    ///
    /// # Panics
    /// If the timers of the tokio runtime are not enabled.
    pub async fn probe_part(&self, name: &str, budget: Duration) -> Option<Report> {
        Some(self.probe_part_without(name, &BTreeSet::new(), budget, Handle::try_current().ok().as_ref()).await?.0)
    }

    /// Like [`probe_part`](Self::probe_part), without the `excluded` checks.
    ///
    /// Also returns the excluded names that match no check.
    pub(crate) async fn probe_part_without<'a>(
        &self,
        name: &str,
        excluded: &BTreeSet<&'a str>,
        budget: Duration,
        runtime: Option<&Handle>,
    ) -> Option<(Report, Vec<&'a str>)> {
        let mut checks = match self.named(name) {
            Some(check) => vec![check],
            None => {
                let members = self.groups().remove(name)?;
                self.select(|descriptor| members.contains(descriptor.name()))
            }
        };
        let (removed, unknown) = probe::exclude(&mut checks, &self.groups(), excluded);
        let results = probe::results(checks, None, budget, runtime.map(|runtime| self.run_env(runtime))).await;
        Some((Report { excluded: removed, ..Report::new(results, self.is_draining()) }, unknown))
    }

    /// Returns `true` once every startup check has passed, even if further ones are registered later.
    ///
    /// Returns `false` while no startup check is registered, although a startup probe is healthy then.
    pub fn startup_complete(&self) -> bool {
        if self.started.load(Ordering::Relaxed) {
            return true;
        }
        let checks = self.select(|descriptor| descriptor.kinds.contains(CheckKind::Startup));
        let complete = !checks.is_empty() && checks.iter().all(|check| check.has_passed());
        if complete {
            self.started.store(true, Ordering::Relaxed);
        }
        complete
    }

    /// Returns the details of all checks, run as by [`probe`](Self::probe) but regardless of their kinds.
    ///
    /// # Panics
    /// If the timers of the tokio runtime are not enabled.
    pub async fn details(&self, budget: Duration) -> Details {
        self.details_on(budget, Handle::try_current().ok().as_ref()).await
    }

    /// Like [`details`](Self::details), running the checks on `runtime`.
    pub(crate) async fn details_on(&self, budget: Duration, runtime: Option<&Handle>) -> Details {
        let checks = self.select(|_| true);
        probe::results(checks.clone(), None, budget, runtime.map(|runtime| self.run_env(runtime))).await;
        let details = checks.iter().map(|check| (check.descriptor().name().to_owned(), CheckDetails::of(check)));
        let report = self.known();
        Details { status: report.status, draining: report.draining, groups: self.groups(), checks: details.collect() }
    }

    /// Returns the last results of all checks without running any.
    pub fn known(&self) -> Report {
        let checks = self.select(|_| true);
        let results = checks.iter().map(|check| (check.descriptor().name().to_owned(), check.result(None)));
        Report::new(results.collect(), self.is_draining())
    }

    /// Returns the last result of the check called `name` without running it.
    pub fn known_of(&self, name: &str) -> Option<CheckResult> {
        Some(self.named(name)?.result(None))
    }

    // Overrides and draining.

    /// Overrides the status of the check called `name`. Returns `true` if the check exists.
    ///
    /// The override expires after `ttl` (time to live) and is kept when the check is registered again. It replaces an active
    /// override. Reports include its `reason`.
    ///
    /// ```
    /// use ops::{Health, Status};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let health = Health::new();
    /// health.register("db", |_context| async { true });
    /// assert!(health.set_override("db", Status::Unhealthy, "failover drill", Duration::from_secs(600)));
    /// assert_eq!(health.check().await.to_text(), "[-]db failed: overridden: failover drill\nunhealthy\n");
    /// assert!(health.clear_override("db"));
    /// assert_eq!(health.check().await.to_text(), "[+]db ok\nhealthy\n");
    /// # }
    /// ```
    pub fn set_override(&self, name: &str, status: Status, reason: impl fmt::Display, ttl: Duration) -> bool {
        let Some(check) = self.named(name) else { return false };
        let expires_at = after(Instant::now(), ttl).into_std();
        check.set_override(Some(Override { status, reason: bounded_text(reason), expires_at }));
        self.rescheduled.notify_one();
        true
    }

    /// Clears the override of the check called `name`. Returns `true` if the check exists.
    pub fn clear_override(&self, name: &str) -> bool {
        let Some(check) = self.named(name) else { return false };
        check.set_override(None);
        true
    }

    /// Makes readiness unhealthy, regardless of the checks, so that load balancers stop sending new work.
    ///
    /// Lasts until [`undrain`](Self::undrain); liveness and startup probes are unaffected. Returns `true` if the program was not
    /// draining already.
    ///
    /// ```
    /// use ops::{CheckKind, Health, Status};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let health = Health::new();
    /// health.drain();
    /// let report = health.probe(CheckKind::Readiness, Duration::from_secs(1)).await;
    /// assert_eq!((report.status, report.draining), (Status::Unhealthy, true));
    /// let alive = health.probe(CheckKind::Liveness, Duration::from_secs(1)).await;
    /// assert_eq!(alive.status, Status::Healthy);
    /// # }
    /// ```
    pub fn drain(&self) -> bool {
        self.set_draining(true)
    }

    /// Ends draining. Returns `true` if the program was draining.
    pub fn undrain(&self) -> bool {
        self.set_draining(false)
    }

    /// Returns `true` while the program drains.
    pub fn is_draining(&self) -> bool {
        *self.draining.lock().ignore_poison()
    }

    fn set_draining(&self, on: bool) -> bool {
        let mut draining = self.draining.lock().ignore_poison();
        if *draining == on {
            return false;
        }
        *draining = on;
        let (from, to) = if on { (Status::Healthy, Status::Unhealthy) } else { (Status::Unhealthy, Status::Healthy) };
        let change = Change { at: SystemTime::now(), check: None, from, to, reason: None };
        self.journal.record(change.clone());
        drop(draining);
        change.log();
        true
    }

    // Changes.

    /// Returns the recent changes, oldest first, up to a memory limit of 64 KiB.
    pub fn history(&self) -> Vec<Change> {
        self.journal.history()
    }

    /// Subscribes to future changes.
    pub fn changes(&self) -> Changes {
        self.journal.subscribe()
    }

    /// Calls `listener` with each future change, once and in order, on a dedicated thread.
    ///
    /// No lock is held during the call: a listener may use this `Health`, for example to register or deregister checks. A
    /// listener that blocks delays only itself, and one that panics is called again for the next change. The thread ends when
    /// this `Health` is dropped, so a listener should not own it.
    ///
    /// ```
    /// use ops::{Health, Status};
    /// use std::sync::mpsc;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let health = Health::new();
    /// let (sender, receiver) = mpsc::channel();
    /// health.on_change(move |change| drop(sender.send((change.from, change.to))))?;
    ///
    /// health.register("db", |_context| async { Err::<(), _>("down") });
    /// health.check().await;
    /// assert_eq!(receiver.recv(), Ok((Status::Unknown, Status::Unhealthy)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the operating system fails to spawn the thread.
    pub fn on_change(&self, listener: impl FnMut(&Change) + Send + 'static) -> io::Result<()> {
        journal::listen(self.changes(), listener)
    }

    // Synchronization with the registry.

    /// Returns the checks whose descriptors match `filter`, sorted by name.
    pub(super) fn select(&self, filter: impl Fn(&CheckDescriptor) -> bool) -> Vec<Arc<Check>> {
        self.sync();
        let synced = self.synced.read().ignore_poison();
        synced.checks.values().filter(|check| filter(check.descriptor())).cloned().collect()
    }

    /// Returns `true` if there are checks of `kind`.
    pub(crate) fn has_checks_of(&self, kind: CheckKind) -> bool {
        self.sync();
        let synced = self.synced.read().ignore_poison();
        synced.checks.values().any(|check| check.descriptor().kinds.contains(kind))
    }

    fn named(&self, name: &str) -> Option<Arc<Check>> {
        self.sync();
        self.synced.read().ignore_poison().checks.get(name).cloned()
    }

    /// Synchronizes with the registry if its generation has changed.
    fn sync(&self) {
        if self.registry.generation() == self.synced.read().ignore_poison().generation {
            return;
        }
        let mut synced = self.synced.write().ignore_poison();
        let (generation, registered) = self.registry.checks_at();
        let mut before = std::mem::take(&mut synced.checks);
        let now = Instant::now();
        synced.overrides.retain(|_, (active, _)| !active.has_expired(now));
        for check in registered {
            let name = check.descriptor().name().to_owned();
            let check = match before.remove(&name) {
                Some(known) if known.is_registered_as(&check) => known,
                replaced => {
                    let check = Arc::new(Check::new(check, self.journal.clone()));
                    // An override applies to the name, so it survives the replacement of the check.
                    let active = replaced.as_ref().and_then(|replaced| replaced.active_override());
                    if let Some(active) = active.or_else(|| synced.overrides.remove(&name)) {
                        check.inherit_override(active);
                    }
                    before.extend(replaced.map(|replaced| (name.clone(), replaced)));
                    check
                }
            };
            synced.checks.insert(name, check);
        }
        synced.generation = generation;
        let removed = before.iter().filter(|(name, _)| !synced.checks.contains_key(*name));
        let overrides: Vec<_> =
            removed.filter_map(|(name, check)| Some((name.clone(), check.active_override()?))).collect();
        synced.overrides.extend(overrides);
        // Dropping a check runs destructors of captured user values, so the lock is released first.
        drop(synced);
        before.values().for_each(|removed| removed.retire());
    }

    fn run_env(&self, runtime: &Handle) -> RunEnv {
        RunEnv { runtime: runtime.clone(), resources: self.resources.clone(), concurrency: self.concurrency.clone() }
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("checks", &self.names()).finish_non_exhaustive()
    }
}
