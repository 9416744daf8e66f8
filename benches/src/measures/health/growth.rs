//! Memory growth over 1,000,000 probes of checks that never complete.
//!
//! Server and client share one process, so that the growth of both is measured.

use crate::measures::http::{Load, send_requests};
use crate::measures::memory::resident;
use ops::descriptor::CheckDescriptor;
use ops::{Api, Health, Introspector, Limits};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};

const PROBES: usize = 1_000_000;
/// Maximum number of transient tasks: the in-flight run of the asynchronous check, and its supervisor.
const TRANSIENT_TASKS: usize = 2;

/// Returns the memory growth in bytes; `None` if the number of tasks or threads has grown.
pub(crate) fn measure() -> Option<f64> {
    let application = Builder::new_multi_thread().worker_threads(1).enable_all().build().ok()?;
    let server = Arc::new(OnceLock::new());
    // Each probe waits for a run that never completes; a short budget limits the measurement to one minute.
    let limits = Limits::default().probe_budget(Duration::from_millis(1));
    let api =
        Api::builder().health(Arc::new(hung_checks()?)).introspector(CaptureRuntime(server.clone())).limits(limits);
    let running = application.block_on(api.build().ok()?.bind("127.0.0.1:0")).ok()?.spawn();
    let address = running.local_addr()?;
    let send = |path, is_expected, times| send_requests(address, Load { path, is_expected }, times);
    send("/info", |status| status == 200, 1_000)?;
    let server = server.get()?;
    let tasks = || application.metrics().num_alive_tasks() + server.metrics().num_alive_tasks();
    let probe = |times| send("/readyz", |status| status == 503, times);

    probe(PROBES / 10)?;
    settle();
    let before = (tasks(), threads()?, resident());
    probe(PROBES)?;
    settle();
    let after = (tasks(), threads()?, resident());
    let is_flat = after.0 <= before.0 + TRANSIENT_TASKS && after.1 <= before.1;
    is_flat.then(|| (after.2 - before.2).max(0.0))
}

/// Gives the server time to close the connections of its clients.
fn settle() {
    thread::sleep(Duration::from_millis(100));
}

/// Registers an async check and a blocking check that never complete.
///
/// The blocking check cannot be canceled.
fn hung_checks() -> Option<Health> {
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

/// An introspector that captures the runtime of the server, on which it is called.
struct CaptureRuntime(Arc<OnceLock<Handle>>);

impl Introspector for CaptureRuntime {
    fn components(&self) -> Vec<String> {
        self.0.get_or_init(Handle::current);
        Vec::new()
    }
}

/// Returns the number of threads of this process.
fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}
