//! Specification of the health runner.

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

/// A budget that no probe in these tests exceeds.
const AMPLE: Duration = Duration::from_secs(60);

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A shared counter of calls.
#[derive(Clone, Default)]
struct Calls(Arc<AtomicU32>);

impl Calls {
    fn increment(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn total(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Creates a runner with a check `it` that returns `outcome` after `duration`.
///
/// Returns the runner and a counter of the runs.
fn health_with_slow_check(
    duration: Duration,
    outcome: impl IntoOutcome + Clone + Send + Sync + 'static,
) -> (Health, Calls) {
    let (health, runs) = (Health::new(), Calls::default());
    let counted = runs.clone();
    health.register("it", move |_context| {
        counted.increment();
        let outcome = outcome.clone();
        async move {
            tokio::time::sleep(duration).await;
            outcome
        }
    });
    (health, runs)
}

/// Returns the report of a readiness probe that runs its checks on the current runtime.
async fn readiness(health: &Health, budget: Duration) -> super::Report {
    health.probe(CheckKind::Readiness, budget).await
}

/// Creates the application's runtime, whose only worker a check can block.
fn application() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).build().unwrap()
}

fn check(name: &'static str) -> CheckDescriptor {
    CheckDescriptor::new(name)
}
