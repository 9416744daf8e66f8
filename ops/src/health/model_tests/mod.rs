//! Model tests: random operations on a runner, compared with a reference model after each.
//!
//! Operations start at multiples of 10 ms; runs end 2 or 5 ms after a multiple, overrides expire 3 ms after one, and
//! probe budgets end 7 ms after one. No two of these coincide, so their order is deterministic.

mod reference;

use super::report::{CheckResult, Report};
use super::run_result::RunEnd;
use super::scheduler;
use super::supervisor::RunEnv;
use super::{Health, Outcome};
use crate::descriptor::{CheckDescriptor, CheckKind, Status};
use crate::model_random::{self, Random};
use reference::{Behavior, CheckView, Model, ScriptedOutcome, Transition};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;
use tokio::task::unconstrained;
use tokio::time::{Instant, advance, sleep};

/// Number of operations per sequence.
const SEQUENCE: u64 = 200;
const NAMES: [&str; 4] = ["cache", "db", "disk", "queue"];
const KINDS: [CheckKind; 3] = [CheckKind::Readiness, CheckKind::Liveness, CheckKind::Startup];
const STATUSES: [Status; 4] = [Status::Healthy, Status::Degraded, Status::Unknown, Status::Unhealthy];

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The runner under test and its model.
struct World {
    random: Random,
    health: Health,
    changes: super::Changes,
    behaviors: Arc<Mutex<BTreeMap<&'static str, Behavior>>>,
    model: Model,
    env: RunEnv,
}

impl World {
    fn new(seed: u64) -> Self {
        let health = Health::new();
        let behavior = Behavior { duration: ms(0), outcome: ScriptedOutcome::Healthy };
        World {
            random: Random::new(seed),
            changes: health.changes(),
            health,
            behaviors: Arc::new(Mutex::new(NAMES.map(|name| (name, behavior)).into())),
            model: Model::default(),
            env: RunEnv {
                runtime: Handle::current(),
                resources: Arc::default(),
                concurrency: Arc::new(Semaphore::new(64)),
            },
        }
    }

    /// Applies a random operation to the runner and the model, and compares their results.
    async fn step(&mut self, at: &str) {
        let now = Instant::now();
        self.model.advance(now);
        let name = self.random.choose(&NAMES);
        match self.random.below(24) {
            0 | 1 => self.register(name),
            2 => assert_eq!(self.health.deregister(name), self.model.deregister(name, now), "{at}: deregister {name}"),
            3..6 => {
                let behavior = self.behavior();
                self.behaviors.lock().unwrap().insert(name, behavior);
            }
            6 | 7 => {
                let (status, ttl) = (self.random.choose(&STATUSES), self.random.choose(&[503, 5_003, 60_003]));
                let found = self.health.set_override(name, status, "drill", ms(ttl));
                let check = self.model.checks.get_mut(name);
                assert_eq!(found, check.is_some(), "{at}: override {name}");
                check.into_iter().for_each(|check| check.set_override(Some((status, now + ms(ttl))), now));
            }
            8 => {
                let check = self.model.checks.get_mut(name);
                assert_eq!(self.health.clear_override(name), check.is_some(), "{at}: clear the override of {name}");
                check.into_iter().for_each(|check| check.set_override(None, now));
            }
            9 => assert_eq!(self.health.drain(), self.model.set_draining(true), "{at}: drain"),
            10 => assert_eq!(self.health.undrain(), self.model.set_draining(false), "{at}: undrain"),
            11 => assert_eq!(self.health.startup_complete(), self.model.startup_complete(), "{at}: startup_complete"),
            12..15 => sleep(ms(self.random.choose(&[10, 50, 200, 1_000, 5_000, 30_000]))).await,
            // The clock jumps while no check runs, as after a suspend of the machine.
            15 if self.model.checks.values().all(|check| !check.is_running()) => advance(ms(3_600_000)).await,
            16 => self.turn(now),
            17 => self.check(at).await,
            18.. => self.probe(at).await,
            _ => {}
        }
    }

    fn behavior(&mut self) -> Behavior {
        let outcomes = [
            ScriptedOutcome::Healthy,
            ScriptedOutcome::Healthy,
            ScriptedOutcome::Degraded,
            ScriptedOutcome::Unhealthy,
            ScriptedOutcome::NotApplicable,
        ];
        let outcome = if self.random.is_one_in(16) { ScriptedOutcome::Panic } else { self.random.choose(&outcomes) };
        Behavior { duration: ms(self.random.choose(&[0, 12, 52, 152, 3_002])), outcome }
    }

    fn register(&mut self, name: &'static str) {
        let random = &mut self.random;
        let mut kinds = KINDS.to_vec();
        kinds.retain(|_| random.is_one_in(2));
        let mut descriptor = CheckDescriptor::new(name)
            .kinds(if kinds.is_empty() { &KINDS[..1] } else { &kinds })
            .critical(!random.is_one_in(3))
            .timeout(ms(random.choose(&[105, 2_005])))
            .failure_threshold(random.choose(&[1, 2, 3]))
            .success_threshold(random.choose(&[1, 2]))
            .initial(random.choose(&STATUSES))
            .grace(ms(random.choose(&[0, 20_000])));
        if random.is_one_in(3) {
            descriptor = descriptor.interval(ms(random.choose(&[1_000, 10_000])));
        }
        self.model.register(name, descriptor.clone(), Instant::now());
        let behaviors = self.behaviors.clone();
        let run = move |_context| {
            let behavior = behaviors.lock().unwrap()[name];
            async move {
                if !behavior.duration.is_zero() {
                    sleep(behavior.duration).await;
                }
                to_outcome(behavior.outcome)
            }
        };
        self.health.register_check(descriptor, run).unwrap();
    }

    /// Runs the scheduler once, unless its decision depends on jitter.
    fn turn(&mut self, now: Instant) {
        if self.model.checks.values().any(|check| check.is_uncertain(now)) {
            return;
        }
        for check in self.health.select(|_| true) {
            scheduler::turn(&check, &self.env);
        }
        let behaviors = self.behaviors.lock().unwrap();
        self.model.checks.iter_mut().for_each(|(name, check)| check.turn(now, behaviors[name]));
    }

    /// Runs all checks, or a single one.
    async fn check(&mut self, at: &str) {
        let (now, only) = (Instant::now(), self.random.is_one_in(2).then(|| self.random.choose(&NAMES)));
        let awaited: Vec<_> = {
            let behaviors = self.behaviors.lock().unwrap();
            let awaited = self.model.checks.iter_mut().filter(|(name, _)| only.is_none_or(|only| only == **name));
            awaited.map(|(name, check)| (*name, check.begin(now, behaviors[name]))).collect()
        };
        let found: BTreeMap<_, _> = match only {
            None => views(&self.health.check().await),
            Some(name) => {
                self.health.check_one(name).await.iter().map(|result| (name.to_owned(), view_of(result))).collect()
            }
        };
        let (mut cursor, mut expected) = (now, BTreeMap::new());
        for (name, ends) in awaited {
            // Results are awaited one after the other.
            cursor = cursor.max(ends);
            self.model.advance(cursor);
            expected.insert(name.to_owned(), self.model.checks[name].view(None, false, cursor));
        }
        assert_eq!(found, expected, "{at}: check {only:?}");
    }

    async fn probe(&mut self, at: &str) {
        let (now, kind) = (Instant::now(), self.random.choose(&KINDS));
        let budget = ms(self.random.choose(&[7, 57, 1_007, 60_007]));
        let is_complete = kind == CheckKind::Startup && self.model.startup_complete();
        let (mut end, mut late, mut included) = (now, Vec::new(), Vec::new());
        for (name, check) in self.model.checks.iter_mut().filter(|(_, check)| check.is_of(kind)) {
            if is_complete && !check.has_passed() {
                continue;
            }
            included.push(*name);
            if kind == CheckKind::Startup && check.has_passed() {
                continue;
            }
            let ends = check.begin_for_probe(now, self.behaviors.lock().unwrap()[name]);
            late.extend(ends.filter(|ends| *ends > now + budget).map(|_| *name));
            end = ends.map_or(end, |ends| end.max(ends.min(now + budget)));
        }
        self.model.advance(end);
        let of_check = |name: &&'static str| {
            (name.to_string(), self.model.checks[name].view(Some(kind), late.contains(name), end))
        };
        let expected: BTreeMap<_, _> = included.iter().map(of_check).collect();
        let is_draining = kind == CheckKind::Readiness && self.model.is_draining;

        let report = self.health.probe(kind, budget).await;
        assert_eq!(views(&report), expected, "{at}: {kind:?} within {budget:?}");
        let worst = expected.values().map(|view| view.status).max().unwrap_or(Status::Healthy);
        let status = if is_draining { Status::Unhealthy } else { worst };
        assert_eq!((report.status, report.draining), (status, is_draining), "{at}: {kind:?}");
        assert_eq!(now + (end - now), Instant::now(), "{at}: the end of the probe");
    }

    /// Compares the state that is visible without a run: results, changes and statistics.
    fn compare(&mut self, at: &str) {
        let now = Instant::now();
        self.model.advance(now);
        let modeled = self.model.checks.iter();
        let expected: BTreeMap<_, _> =
            modeled.map(|(name, check)| ((*name).to_owned(), check.view(None, false, now))).collect();
        let known = self.health.known();
        assert_eq!((views(&known), known.draining), (expected, self.model.is_draining), "{at}: known");

        assert_eq!(self.found_changes(at), self.expected_changes(), "{at}: changes");

        let checks = self.health.select(|_| true);
        for (check, model) in checks.iter().zip(self.model.checks.values()) {
            let stats = check.state().stats;
            let found = RunEnd::ALL.map(|end| (end, stats.of(end)));
            let counted = |end| model.ends.iter().filter(|ended| **ended == end).count() as u64;
            let expected = RunEnd::ALL.map(|end| (end, counted(end)));
            assert_eq!((found, stats.duration), (expected, model.total), "{at}: {}", check.descriptor().name());
        }
    }

    /// Returns the changes since the last comparison by check, and verifies that they end the history.
    fn found_changes(&mut self, at: &str) -> BTreeMap<Option<String>, Vec<Transition>> {
        let mut changes = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(change)) = pin!(unconstrained(self.changes.next())).poll(&mut context) {
            changes.push(change);
        }
        assert!(self.health.history().ends_with(&changes), "{at}: history");
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for change in changes {
            found.entry(change.check).or_default().push((change.from, change.to));
        }
        found
    }

    fn expected_changes(&mut self) -> BTreeMap<Option<String>, Vec<Transition>> {
        let mut expected: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut expect = |name: Option<&'static str>, transition| {
            expected.entry(name.map(str::to_owned)).or_default().push(transition);
        };
        self.model.transitions.drain(..).for_each(|(name, transition)| expect(name, transition));
        for (name, check) in &mut self.model.checks {
            check.transitions.drain(..).for_each(|transition| expect(Some(name), transition));
        }
        expected
    }
}

fn to_outcome(outcome: ScriptedOutcome) -> Outcome {
    match outcome {
        ScriptedOutcome::Healthy => Outcome::healthy(),
        ScriptedOutcome::Degraded => Outcome::degraded("slow"),
        ScriptedOutcome::Unhealthy => Outcome::unhealthy("down"),
        ScriptedOutcome::NotApplicable => Outcome::not_applicable("not configured"),
        ScriptedOutcome::Panic => panic!("check"),
    }
}

fn views(report: &Report) -> BTreeMap<String, CheckView> {
    report.checks.iter().map(|(name, result)| (name.clone(), view_of(result))).collect()
}

fn view_of(result: &CheckResult) -> CheckView {
    let CheckResult { ok, status, not_applicable, duration, age, ref active_override, .. } = *result;
    CheckView { status, ok, not_applicable, is_overridden: active_override.is_some(), duration, age }
}

fn run(seed: u64) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (start, mut world) = (Instant::now(), World::new(seed));
        for operation in 0..SEQUENCE {
            let at = format!("MODEL_SEED={seed}, operation {operation}");
            world.step(&at).await;
            let since = start.elapsed().as_millis() as u64;
            // Advances to the next multiple of 10 ms.
            sleep(ms(10 - since % 10)).await;
            world.compare(&at);
        }
    });
}

#[test]
fn health_agrees_with_the_model() {
    model_random::seeds(20_000, SEQUENCE).for_each(run);
}
