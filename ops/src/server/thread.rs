//! The thread of a server, with a runtime of its own: a stalled application does not stall its probes.

use super::accept::accept;
use super::connection::Service;
use super::listener::Opened;
use super::stop::Stopped;
use crate::admin::{self, Admin, Answers};
use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Threads for work that blocks: passwords, scrapes and contributors of `/info`.
const BLOCKING_THREADS: usize = 32;

/// What a thread is told and what it tells. Each goes once.
pub(super) struct Signals {
    /// It can serve, on this runtime, or why it cannot.
    pub(super) ready: oneshot::Sender<io::Result<Handle>>,
    /// It may begin; it ends without having served if the sender is dropped.
    pub(super) begin: oneshot::Receiver<()>,
    /// It is to end.
    pub(super) stopped: Stopped,
    /// It has ended, and its address is free.
    pub(super) ended: oneshot::Sender<()>,
    /// The process is to end with it, with this code, as the application does not run any more.
    pub(super) exit: Arc<OnceLock<i32>>,
}

/// Starts the thread that serves what `admin` tells on `listener`.
pub(super) fn start(listener: Opened, admin: Arc<Admin>, signals: Signals) -> io::Result<()> {
    thread::Builder::new().name("ops".to_owned()).spawn(move || run(listener, admin, signals)).map(drop)
}

fn run(listener: Opened, admin: Arc<Admin>, signals: Signals) {
    // Made and dropped here: a runtime must not be dropped on a thread of another one.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_name("ops-blocking")
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_keep_alive(Duration::from_secs(10))
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = signals.ready.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        let listener = match listener.start() {
            Ok(listener) => listener,
            Err(error) => {
                let _ = signals.ready.send(Err(error));
                return;
            }
        };
        let _ = signals.ready.send(Ok(Handle::current()));
        if signals.begin.await.is_ok() {
            tokio::spawn(admin::keep_checks(admin.clone()));
            tokio::spawn(admin::follow_policy_file(admin.clone()));
            #[cfg(feature = "tls")]
            tokio::spawn(admin::follow_tls_files(admin.clone()));
            let service = Service {
                answers: Answers::new(&admin),
                limits: Arc::new(admin.limits().clone()),
                stopped: signals.stopped,
                #[cfg(feature = "tls")]
                tls: admin.tls(),
            };
            accept(listener, service).await;
            admin.flush().await;
        }
    });
    if let Some(code) = signals.exit.get() {
        std::process::exit(*code);
    }
    let _ = signals.ended.send(());
    // Without waiting for work that hangs on a blocking thread.
    runtime.shutdown_background();
}
