//! Model tests: random operations on a registry, compared with a reference model.
//!
//! Scrapes in every format are compared. The model has no cells, threads or hash tables: a family maps labels to values. A
//! handle updates the series that it was created for, and has no effect once that series is removed.

mod instrument;
mod protobuf;
mod random;
mod reference;
mod regressions;
mod scrape;

use super::Metrics;
use crate::clock::{Clock, ManualTime};
use crate::metric::InFlight;
use instrument::{Handle, Registered};
use random::Random;
use reference::{Family, Held, Kind, Limits, Update};
use scrape::{FORMATS, Scrape};
use std::thread;
use std::time::Duration;

/// Number of operations of a sequence, enough to replace every family several times.
const SEQUENCE: u64 = 2_000;
/// Number of operations per epoch. After an epoch, handles are dropped and families can be replaced.
const EPOCH: u64 = 250;
/// Number of label values, more than any series limit.
const USERS: u64 = 7;

/// A registry and its model.
struct World {
    random: Random,
    time: ManualTime,
    now: Duration,
    metrics: Metrics,
    default_limit: Option<u32>,
    registered: Vec<Registered>,
    /// The model of each family in `registered`.
    families: Vec<Family>,
    scrapes: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let (clock, time) = Clock::manual();
        let mut world = World {
            random: Random::new(seed),
            time,
            now: Duration::ZERO,
            metrics: Metrics::with_clock(clock),
            default_limit: None,
            registered: Vec::new(),
            families: Vec::new(),
            scrapes: 0,
        };
        for kind in Kind::ALL {
            let (registered, family) = world.register(kind);
            world.registered.push(registered);
            world.families.push(family);
        }
        world
    }

    /// Registers a new family of `kind`.
    fn register(&mut self, kind: Kind) -> (Registered, Family) {
        let has_options = !matches!(kind, Kind::ByName | Kind::Static);
        let limits = if has_options { Limits::random(&mut self.random) } else { Limits::default() };
        let registered = Registered::new(kind, &self.metrics, limits);
        (registered, Family::new(kind, limits, self.default_limit))
    }

    /// Deregisters and drops some families, and registers new ones under the same names.
    fn replace_some(&mut self) {
        for at in 0..self.families.len() {
            if !self.families[at].is_registered || self.random.is_one_in(3) {
                assert_eq!(self.metrics.deregister(self.families[at].name()), self.families[at].deregister());
                (self.registered[at], self.families[at]) = self.register(self.families[at].kind);
            }
        }
    }

    /// Runs the operations of an epoch, and drops all handles at its end.
    fn run_epoch(&mut self, at: &str) {
        let World { random, time, now, metrics, default_limit, registered, families, scrapes } = self;
        let mut handles: Vec<(usize, Handle<'_>, Held)> = Vec::new();
        let mut guards: Vec<(usize, InFlight<'_>, Held)> = Vec::new();
        for operation in 0..EPOCH {
            let at = || format!("{at}, operation {operation}");
            let number = random.below(families.len() as u64) as usize;
            let (registered, family) = (&registered[number], &mut families[number]);
            let user = random.below(USERS) as u32;
            match random.below(100) {
                0..36 => {
                    let update = Update::random(family.kind, random);
                    let held = family.with(user);
                    on_some_thread(random, || registered.with(user).update(update));
                    family.update(held, update);
                }
                36..42 if family.kind != Kind::ByName => {
                    let held = family.with(user);
                    family.keep(held);
                    handles.push((number, registered.with(user), held));
                }
                42..70 if !handles.is_empty() => {
                    let (number, handle, held) = &handles[random.index(handles.len())];
                    let family = &mut families[*number];
                    let update = Update::random(family.kind, random);
                    on_some_thread(random, || handle.update(update));
                    family.update(*held, update);
                }
                70..73 if !handles.is_empty() => {
                    let (number, handle, held) = handles.swap_remove(random.index(handles.len()));
                    drop(handle);
                    families[number].release(held);
                }
                73..76 => {
                    if let Some(guard) = registered.track(user) {
                        let held = family.with(user);
                        family.track(held);
                        guards.push((number, guard, held));
                    }
                }
                76..79 if !guards.is_empty() => {
                    let (number, guard, held) = guards.swap_remove(random.index(guards.len()));
                    drop(guard);
                    families[number].end(held);
                }
                79..86 => assert_eq!(registered.remove(user), family.remove(user), "{}: remove", at()),
                86 if registered.clear() => family.clear(),
                87 if random.is_one_in(4) => {
                    assert_eq!(metrics.deregister(family.name()), family.deregister(), "{}: deregister", at());
                }
                88 if random.is_one_in(2) => {
                    let limit = random.below(5) as u32;
                    metrics.set_default_max_series(limit);
                    *default_limit = Some(limit);
                    families.iter_mut().for_each(|family| family.set_default_limit(limit));
                }
                89..93 => {
                    let step = Duration::from_secs(random.below(40));
                    time.advance(step);
                    *now += step;
                }
                93.. => {
                    let format = random.choose(&FORMATS);
                    let found = Scrape::of(metrics, format);
                    let expected = reference::scrape(families, *now, format);
                    found.assert_is(&expected, || format!("{}: {format:?}", at()));
                    *scrapes += 1;
                }
                _ => {}
            }
        }
        for (number, handle, held) in handles {
            drop(handle);
            families[number].release(held);
        }
        for (number, guard, held) in guards {
            drop(guard);
            families[number].end(held);
        }
    }
}

/// Runs `update` on this thread or, sometimes, on a new one.
fn on_some_thread(random: &mut Random, update: impl FnOnce() + Send) {
    if random.is_one_in(16) {
        thread::scope(|scope| drop(scope.spawn(update)));
    } else {
        update();
    }
}

fn run(seed: u64) {
    let mut world = World::new(seed);
    for epoch in 0..SEQUENCE / EPOCH {
        world.run_epoch(&format!("MODEL_SEED={seed}, epoch {epoch}"));
        world.replace_some();
    }
    assert!(world.scrapes > 0, "MODEL_SEED={seed}: no scrape was compared");
}

#[test]
fn registry_agrees_with_the_model() {
    random::seeds(20_000, SEQUENCE).for_each(run);
}
