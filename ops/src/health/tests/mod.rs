//! The health layer as a specification: each test is one sentence of it.

mod changes;
mod deadlines;
mod failures;
mod groups;
mod heartbeat;
mod probes;
mod registration;
mod reports;
mod resources;
mod startup;
mod thresholds;

use super::{Health, IntoOutcome};
use crate::descriptor::{CheckDescriptor, CheckKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

/// More than any probe in these tests needs.
const AMPLE: Duration = Duration::from_secs(60);

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// What is called, counted.
#[derive(Clone, Default)]
struct Calls(Arc<AtomicU32>);

impl Calls {
    fn count(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn number(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Health with one check, `it`, that answers `answer` after `takes`, and the number of its runs.
fn health_that_takes(takes: Duration, answer: impl IntoOutcome + Clone + Send + Sync + 'static) -> (Health, Calls) {
    let (health, runs) = (Health::new(), Calls::default());
    let counted = runs.clone();
    health.register("it", move |_context| {
        counted.count();
        let answer = answer.clone();
        async move {
            tokio::time::sleep(takes).await;
            answer
        }
    });
    (health, runs)
}

/// The report of a readiness probe that runs its checks on the present runtime.
async fn readiness(health: &Health, budget: Duration) -> super::Report {
    health.probe(CheckKind::Readiness, budget).await
}

/// The application: a runtime of its own, with one worker that a check can hold up.
fn application() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).build().unwrap()
}

fn check(name: &'static str) -> CheckDescriptor {
    CheckDescriptor::new(name)
}
