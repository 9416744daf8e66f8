//! [`Health`]: the health checks of a program, and the runner behind them.

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
    registry: Arc<CheckRegistry>,
    resources: Arc<Resources>,
    followed: RwLock<FollowedChecks>,
    groups: Groups,
    journal: Arc<Journal>,
    draining: Mutex<bool>,
    /// Wakes the scheduler: something may be due earlier than it was.
    altered: Notify,
    concurrency: Arc<Semaphore>,
    started: AtomicBool,
}

/// The runner's side of the registry, up to one of its generations.
#[derive(Default)]
struct FollowedChecks {
    generation: u64,
    checks: BTreeMap<String, Arc<Check>>,
    /// The overrides of checks that were removed, for those that are registered by the same names.
    overrides: BTreeMap<String, (Override, Status)>,
}

impl Default for Health {
    fn default() -> Self {
        Health::following(Arc::default(), Arc::default())
    }
}

impl Health {
    /// Health without checks: healthy.
    pub fn new() -> Self {
        Health::default()
    }

    /// Creates a runner of the checks in `registry`, which other runners may follow as well.
    pub(crate) fn following(registry: Arc<CheckRegistry>, resources: Arc<Resources>) -> Self {
        Health {
            registry,
            resources,
            followed: RwLock::default(),
            groups: Groups::default(),
            journal: Arc::default(),
            draining: Mutex::default(),
            altered: Notify::new(),
            concurrency: Arc::new(Semaphore::new(AT_ONCE)),
            started: AtomicBool::new(false),
        }
    }

    /// Sets how many checks run at once: 64, and at least 1. A check that is past its time and cannot be stopped counts no
    /// more.
    #[must_use]
    pub fn at_once(self, checks: usize) -> Self {
        Health { concurrency: Arc::new(Semaphore::new(checks.clamp(1, Semaphore::MAX_PERMITS))), ..self }
    }

    // Registration.

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
    /// [`HealthError::InvalidName`] if `name` is not the name of a check.
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
    /// [`HealthError::InvalidName`] if it is not the name of a check.
    pub fn register_check<F, A>(&self, descriptor: CheckDescriptor, check: F) -> Result<(), HealthError>
    where
        F: Fn(CheckContext) -> A + Send + Sync + 'static,
        A: Future + Send + 'static,
        A::Output: IntoOutcome,
    {
        self.register_fn(
            descriptor,
            CheckFn::Async(Box::new(move |context| {
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
    /// [`HealthError::InvalidName`] if it is not the name of a check.
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
    /// [`HealthError::Duplicate`] if there is one of that name: it stays. [`HealthError::InvalidName`] if it is not the name
    /// of a check.
    pub fn register_linked(&self, check: &LinkedCheck) -> Result<(), HealthError> {
        self.registry.register_linked(check)?;
        self.follow();
        Ok(())
    }

    fn register_fn(&self, descriptor: CheckDescriptor, check: CheckFn) -> Result<(), HealthError> {
        self.registry.register(descriptor, check)?;
        self.follow();
        Ok(())
    }

    /// Removes the check called `name`. Returns `true` if it existed.
    pub fn deregister(&self, name: &str) -> bool {
        let removed = self.registry.deregister(name);
        self.follow();
        removed
    }

    /// The names of the checks, sorted.
    pub fn names(&self) -> Vec<String> {
        self.chosen(|_| true).iter().map(|check| check.descriptor().name().to_owned()).collect()
    }

    /// What the checks declare, sorted by name.
    pub fn descriptors(&self) -> Vec<CheckDescriptor> {
        self.chosen(|_| true).iter().map(|check| check.descriptor().clone()).collect()
    }

    /// Provides `value` to the checks that ask for a `Resource<T>`, in place of the one of its type that is there.
    pub fn provide<T: Send + Sync + 'static>(&self, value: T) {
        self.resources.provide(value);
    }

    /// Registers `check`, which fails while `runtime` does not get to its tasks for longer than `limit`: a worker that
    /// blocks, or one that spins, where there is no other. Meant for a descriptor of the kind `liveness`.
    ///
    /// The check has a thread of its own, so that it answers while the runtime does not. A task that beats at most ten times
    /// a second is spawned on `runtime`, until the check is taken out.
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
    /// [`HealthError::InvalidName`] if it is not the name of a check.
    pub fn watch_runtime(&self, check: CheckDescriptor, runtime: &Handle, limit: Duration) -> Result<(), HealthError> {
        let heart = heartbeat::Heart::new(limit);
        let watched = Arc::downgrade(&heart);
        self.register_blocking(check, move |_context| heart.outcome(limit))?;
        runtime.spawn(heartbeat::beats(watched));
        Ok(())
    }

    /// Makes a group called `name` of these checks, and of those that [declare](crate::descriptor::CheckDescriptor::groups) to be in
    /// it; `/readyz/{name}` asks for them. Called again, it adds to the group.
    ///
    /// A group that names a check that is not there, or is called like one, is an error when the server starts.
    ///
    /// ```
    /// let health = ops::Health::new();
    /// health.register("db", |_context| async {});
    /// health.group("storage", ["db", "disk"]);
    /// assert_eq!(
    ///     health.group_errors()[0].to_string(),
    ///     "the group `storage` has a check `disk` that is not there: register it, or take it out of the group"
    /// );
    /// ```
    pub fn group(&self, name: impl Into<String>, checks: impl IntoIterator<Item = impl Into<String>>) {
        self.groups.add(name.into(), checks.into_iter().map(Into::into));
    }

    /// The groups, and the names of the checks in each.
    pub fn groups(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut groups = self.groups.all();
        for check in self.chosen(|descriptor| !descriptor.groups.is_empty()) {
            for group in check.descriptor().groups {
                groups.entry((*group).to_owned()).or_default().insert(check.descriptor().name().to_owned());
            }
        }
        groups
    }

    /// What is wrong with the groups.
    pub fn group_errors(&self) -> Vec<HealthError> {
        groups::errors(self.groups(), &self.names().into_iter().collect())
    }

    // Runs.

    /// Runs all checks concurrently on the current tokio runtime, each within its own timeout. A run in progress is joined.
    ///
    /// Outside a tokio runtime nothing is run, and the report has the last results, as [`known`](Self::known) has them.
    ///
    /// # Panics
    /// On a tokio runtime whose timers are not enabled.
    pub async fn check(&self) -> Report {
        self.check_within(Duration::MAX).await
    }

    /// Runs all checks as [`check`](Self::check) does, each within its own timeout and within `limit`. A check that takes
    /// longer has failed.
    ///
    /// # Panics
    /// On a tokio runtime whose timers are not enabled.
    pub async fn check_within(&self, limit: Duration) -> Report {
        let Ok(runtime) = Handle::try_current() else { return self.known() };
        let env = self.run_env(&runtime);
        let now = Instant::now();
        let mut asked = Vec::new();
        for check in self.chosen(|_| true) {
            let limit = check.descriptor().timeout.min(limit);
            let run = supervisor::run_now(&check, limit, &env);
            asked.push((check, run, limit));
        }
        let mut results = BTreeMap::new();
        for (check, run, limit) in asked {
            let result = probe::result_by(&check, run, limit, now).await;
            results.insert(check.descriptor().name().to_owned(), result);
        }
        Report::new(results, false)
    }

    /// Runs the check called `name` on the current tokio runtime, or joins the run in progress. Returns `None` if there is no
    /// such check.
    ///
    /// Outside a tokio runtime it is not run, and its last result is returned, as [`known_of`](Self::known_of) has it.
    ///
    /// # Panics
    /// On a tokio runtime whose timers are not enabled.
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

    /// Runs the periodic checks on the current tokio runtime while it is polled; never completes. A server does this itself, so
    /// only a program without one needs it.
    ///
    /// If several futures are polled concurrently, each check still runs once per interval. Outside a tokio runtime no check is
    /// run.
    ///
    /// # Panics
    /// On a tokio runtime whose timers are not enabled.
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
            let next = self.chosen(|_| true).iter().filter_map(|check| scheduler::turn(check, &env)).min();
            tokio::select! {
                () = sleep_until(next.unwrap_or_else(|| after(Instant::now(), Duration::MAX))) => {}
                () = self.altered.notified() => {}
                _ = self.registry.changed(seen) => {}
            }
        }
    }

    // Probes and reports.

    /// Returns the report of the checks of one kind, for a probe that waits at most `budget`.
    ///
    /// A result is reused for ten times as long as it took, for a second at most. Otherwise the check runs on the current tokio
    /// runtime; if it does not complete within the budget, the report has its last result, with its age, or else its initial
    /// status. A healthy last result counts as degraded if the run has taken longer than the last one by then: what is checked may have
    /// died since. A [periodic](crate::descriptor::CheckDescriptor::interval) check is not run.
    ///
    /// Outside a tokio runtime no check is run: the report has the last result or the initial status of each, which is `unknown`
    /// unless its descriptor says otherwise. The probes of a server run their checks on the runtime that
    /// [`Api::bind`](crate::Api::bind) was called on, and keep the budget even if that one is stalled.
    ///
    /// A startup check that has passed once, with a status that counts as healthy or degraded, is not run again; see
    /// [`startup_complete`](Self::startup_complete).
    ///
    /// # Panics
    /// On a tokio runtime whose timers are not enabled.
    pub async fn probe(&self, kind: CheckKind, budget: Duration) -> Report {
        self.probe_without(kind, &BTreeSet::new(), budget, Handle::try_current().ok().as_ref()).await.0
    }

    /// As [`probe`](Self::probe), running the checks on `runtime`. The budget is kept by the current runtime.
    pub(crate) async fn probe_on(&self, kind: CheckKind, budget: Duration, runtime: &Handle) -> Report {
        self.probe_without(kind, &BTreeSet::new(), budget, Some(runtime)).await.0
    }

    /// As [`probe`](Self::probe), without the checks, and the checks of the groups, that `excluded` names; also the names of
    /// which there is none. Without a `runtime` nothing is run.
    pub(crate) async fn probe_without<'a>(
        &self,
        kind: CheckKind,
        excluded: &BTreeSet<&'a str>,
        budget: Duration,
        runtime: Option<&Handle>,
    ) -> (Report, Vec<&'a str>) {
        let complete = kind == CheckKind::Startup && self.startup_complete();
        let mut checks = self.chosen(|descriptor| descriptor.kinds.contains(kind));
        let (left_out, unknown) = probe::exclude(&mut checks, &self.groups(), excluded);
        checks.retain(|check| !complete || check.has_passed());
        let results = probe::results(checks, Some(kind), budget, runtime.map(|runtime| self.run_env(runtime))).await;
        let report = Report::new(results, kind == CheckKind::Readiness && self.is_draining());
        (Report { excluded: left_out, ..report }, unknown)
    }

    /// Returns the report of one check or of the checks of one group, as [`probe`](Self::probe) does; `None` if there is no check
    /// and no group called `name`. While the program drains, the report is unhealthy too.
    ///
    /// # Panics
    /// On a tokio runtime whose timers are not enabled.
    pub async fn probe_part(&self, name: &str, budget: Duration) -> Option<Report> {
        Some(self.probe_part_without(name, &BTreeSet::new(), budget, Handle::try_current().ok().as_ref()).await?.0)
    }

    /// As [`probe_part`](Self::probe_part), without what `excluded` names; also the names of which there is none.
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
                self.chosen(|descriptor| members.contains(descriptor.name()))
            }
        };
        let (left_out, unknown) = probe::exclude(&mut checks, &self.groups(), excluded);
        let results = probe::results(checks, None, budget, runtime.map(|runtime| self.run_env(runtime))).await;
        Some((Report { excluded: left_out, ..Report::new(results, self.is_draining()) }, unknown))
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

    /// Returns the details of all checks, after each was run as [`probe`](Self::probe) runs those of a kind.
    ///
    /// # Panics
    /// On a tokio runtime whose timers are not enabled.
    pub async fn details(&self, budget: Duration) -> Details {
        self.details_on(budget, Handle::try_current().ok().as_ref()).await
    }

    /// As [`details`](Self::details), running the checks on `runtime`.
    pub(crate) async fn details_on(&self, budget: Duration, runtime: Option<&Handle>) -> Details {
        let checks = self.chosen(|_| true);
        probe::results(checks.clone(), None, budget, runtime.map(|runtime| self.run_env(runtime))).await;
        let details = checks.iter().map(|check| (check.descriptor().name().to_owned(), CheckDetails::of(check)));
        let report = self.known();
        Details { status: report.status, draining: report.draining, groups: self.groups(), checks: details.collect() }
    }

    /// What is known of all checks. Nothing is run.
    pub fn known(&self) -> Report {
        let checks = self.chosen(|_| true);
        let results = checks.iter().map(|check| (check.descriptor().name().to_owned(), check.result(None)));
        Report::new(results.collect(), self.is_draining())
    }

    /// What is known of the check called `name`. Nothing is run.
    pub fn known_of(&self, name: &str) -> Option<CheckResult> {
        Some(self.named(name)?.result(None))
    }

    // Overrides and draining.

    /// Overrides the status of the check called `name`, whatever its runs report. Returns `true` if the check exists.
    ///
    /// The override expires after `ttl`, its time to live, and outlives a new registration of the name. It replaces an active override. Every report shows it with its
    /// `reason`.
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
    /// assert_eq!(health.check().await.to_text(), "[-]db failed: forced: failover drill\nunhealthy\n");
    /// assert!(health.clear_override("db"));
    /// assert_eq!(health.check().await.to_text(), "[+]db ok\nhealthy\n");
    /// # }
    /// ```
    pub fn set_override(&self, name: &str, status: Status, reason: impl fmt::Display, ttl: Duration) -> bool {
        let Some(check) = self.named(name) else { return false };
        let expires_at = after(Instant::now(), ttl).into_std();
        check.set_override(Some(Override { status, reason: bounded_text(reason), expires_at }));
        self.altered.notify_one();
        true
    }

    /// Clears the override of the check called `name`. Returns `true` if the check exists.
    pub fn clear_override(&self, name: &str) -> bool {
        let Some(check) = self.named(name) else { return false };
        check.set_override(None);
        true
    }

    /// Makes readiness unhealthy at once, whatever the checks say, so that the program is given no new work; all else goes
    /// on. Nothing but [`undrain`](Self::undrain) ends it. Whether that was not so already.
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

    /// Lets readiness be what the checks say again; whether it was turned off.
    pub fn undrain(&self) -> bool {
        self.set_draining(false)
    }

    /// Whether readiness is turned off.
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

    /// The last changes, oldest first: as many as there is room for in 64 KiB.
    pub fn history(&self) -> Vec<Change> {
        self.journal.history()
    }

    /// The changes from now on.
    pub fn changes(&self) -> Changes {
        self.journal.subscribe()
    }

    /// Calls `listener` with each change from now on, once and in order, on a thread of its own.
    ///
    /// No lock is held meanwhile: a listener may ask, register and deregister as it likes. One that hangs holds up nobody
    /// but itself, and one that panics is called again with the next change. The thread ends with this `Health`, which a
    /// listener should therefore not own.
    ///
    /// ```
    /// use ops::{Health, Status};
    /// use std::sync::mpsc;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let health = Health::new();
    /// let (told, tells) = mpsc::channel();
    /// health.on_change(move |change| drop(told.send((change.from, change.to))))?;
    ///
    /// health.register("db", |_context| async { Err::<(), _>("down") });
    /// health.check().await;
    /// assert_eq!(tells.recv(), Ok((Status::Unknown, Status::Unhealthy)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the system has no thread for it.
    pub fn on_change(&self, listener: impl FnMut(&Change) + Send + 'static) -> io::Result<()> {
        journal::listen(self.changes(), listener)
    }

    // The runner's side of the registry.

    /// Returns the checks whose descriptors are chosen, sorted by name.
    pub(super) fn chosen(&self, choice: impl Fn(&CheckDescriptor) -> bool) -> Vec<Arc<Check>> {
        self.follow();
        let followed = self.followed.read().ignore_poison();
        followed.checks.values().filter(|check| choice(check.descriptor())).cloned().collect()
    }

    /// Returns `true` if any check decides about `kind`.
    pub(crate) fn has_checks_of(&self, kind: CheckKind) -> bool {
        self.follow();
        let followed = self.followed.read().ignore_poison();
        followed.checks.values().any(|check| check.descriptor().kinds.contains(kind))
    }

    fn named(&self, name: &str) -> Option<Arc<Check>> {
        self.follow();
        self.followed.read().ignore_poison().checks.get(name).cloned()
    }

    /// Takes over what was registered and deregistered since the last call.
    fn follow(&self) {
        if self.registry.generation() == self.followed.read().ignore_poison().generation {
            return;
        }
        let mut followed = self.followed.write().ignore_poison();
        let (generation, registered) = self.registry.checks_at();
        let mut before = std::mem::take(&mut followed.checks);
        let now = Instant::now();
        followed.overrides.retain(|_, (active, _)| !active.has_expired(now));
        for each in registered {
            let name = each.descriptor().name().to_owned();
            let check = match before.remove(&name) {
                Some(check) if check.is_of(&each) => check,
                replaced => {
                    let check = Arc::new(Check::new(each, self.journal.clone()));
                    // An operator overrides what has the name, whichever registration that is.
                    let active = replaced.as_ref().and_then(|replaced| replaced.active_override());
                    if let Some(active) = active.or_else(|| followed.overrides.remove(&name)) {
                        check.inherit_override(active);
                    }
                    before.extend(replaced.map(|replaced| (name.clone(), replaced)));
                    check
                }
            };
            followed.checks.insert(name, check);
        }
        followed.generation = generation;
        let removed = before.iter().filter(|(name, _)| !followed.checks.contains_key(*name));
        let overrides: Vec<_> =
            removed.filter_map(|(name, check)| Some((name.clone(), check.active_override()?))).collect();
        followed.overrides.extend(overrides);
        // What a check captured has foreign destructors: they run without the lock.
        drop(followed);
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
