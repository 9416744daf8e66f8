//! What a million probes of checks that hang leave behind.

use crate::measures::memory::resident;
use ops::{CheckDescriptor, CheckKind, Health};
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

const PROBES: usize = 1_000_000;

/// Bytes by which the process grows; `None` if it has more tasks or threads than before.
pub(crate) fn measure() -> Option<f64> {
    let application = Builder::new_multi_thread().worker_threads(1).enable_all().build().ok()?;
    let server = Builder::new_current_thread().enable_all().build().ok()?;
    let health = Health::new();
    health.register("asynchronous", |_context| std::future::pending::<()>());
    let hang = |_context| -> bool {
        loop {
            thread::park();
        }
    };
    let blocking = CheckDescriptor::new("blocking").timeout(Duration::from_millis(10));
    health.register_blocking(blocking, hang).ok()?;
    let probe = |times| {
        server.block_on(async {
            for _ in 0..times {
                health.probe(CheckKind::Readiness, Duration::ZERO, application.handle()).await;
            }
        });
    };
    probe(PROBES / 10);
    let before = (tasks(&application, &server), threads()?, resident());
    probe(PROBES);
    let after = (tasks(&application, &server), threads()?, resident());
    let is_flat = after.0 <= before.0 && after.1 <= before.1;
    is_flat.then(|| (after.2 - before.2).max(0.0))
}

fn tasks(application: &Runtime, server: &Runtime) -> usize {
    let alive = |runtime: &Handle| runtime.metrics().num_alive_tasks();
    alive(application.handle()) + alive(server.handle())
}

fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}
