//! What a million probes of checks that hang leave behind, in a process that serves them and that sends them.

use crate::measures::http::{Load, send_requests};
use crate::measures::memory::resident;
use ops::descriptor::CheckDescriptor;
use ops::{Api, Health, Introspector, Limits};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};

const PROBES: usize = 1_000_000;
/// Tasks that are there at times: the one run in progress of the check that can be stopped, and its supervisor.
const RUN: usize = 2;

/// Bytes by which the process grows; `None` if it has more tasks or threads than before.
pub(crate) fn measure() -> Option<f64> {
    let application = Builder::new_multi_thread().worker_threads(1).enable_all().build().ok()?;
    let server = Arc::new(OnceLock::new());
    // So that a million take a minute: each waits for a run that hangs, and gives up.
    let limits = Limits::default().probe_budget(Duration::from_millis(1));
    let api = Api::builder().health(Arc::new(hung()?)).introspector(Here(server.clone())).limits(limits);
    let running = application.block_on(api.build().ok()?.bind("127.0.0.1:0")).ok()?.spawn();
    let address = running.local_addr()?;
    let ask = |path, is_expected, times| send_requests(address, Load { path, is_expected }, times);
    ask("/info", |status| status == 200, 1_000)?;
    let server = server.get()?;
    let tasks = || application.metrics().num_alive_tasks() + server.metrics().num_alive_tasks();
    let probe = |times| ask("/readyz", |status| status == 503, times);

    probe(PROBES / 10)?;
    settle();
    let before = (tasks(), threads()?, resident());
    probe(PROBES)?;
    settle();
    let after = (tasks(), threads()?, resident());
    let is_flat = after.0 <= before.0 + RUN && after.1 <= before.1;
    is_flat.then(|| (after.2 - before.2).max(0.0))
}

/// Gives the server time to see that its clients have left.
fn settle() {
    thread::sleep(Duration::from_millis(100));
}

/// A check that hangs, and one that hangs on a thread and cannot be stopped.
fn hung() -> Option<Health> {
    let health = Health::new();
    health.register("asynchronous", |_context| std::future::pending::<()>());
    let hang = |_context| -> bool {
        loop {
            thread::park();
        }
    };
    let blocking = CheckDescriptor::new("blocking").timeout(Duration::from_millis(10));
    health.register_blocking(blocking, hang).ok()?;
    Some(health)
}

/// Finds the runtime of the server, which calls it there.
struct Here(Arc<OnceLock<Handle>>);

impl Introspector for Here {
    fn components(&self) -> Vec<String> {
        self.0.get_or_init(Handle::current);
        Vec::new()
    }
}

fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}
