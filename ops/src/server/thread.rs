//! The server thread, with its own runtime, so that a stalled application does not stall its probes.

use super::connection::{ConnectionService, accept_connections};
use super::listen::BoundListener;
use super::shutdown::{ShutdownSignal, exit};
use crate::admin::{AdminState, Responder, spawn_background_tasks};
use crate::log;
use crate::registry::Registration;
use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Maximum number of blocking threads, for passwords, scrapes and `/info` contributors.
const BLOCKING_THREADS: usize = 32;

/// Maximum time that shutdown waits for queued log events.
const LOG_TIMEOUT: Duration = Duration::from_millis(100);

/// Channels between the server thread and its handles.
pub(super) struct ThreadChannels {
    /// Sends the runtime of the thread when it is ready to serve, or the error.
    pub(super) ready: oneshot::Sender<io::Result<Handle>>,
    /// Receives the request to start serving; the thread ends if the sender is dropped.
    pub(super) begin: oneshot::Receiver<()>,
    /// Completes when shutdown is requested.
    pub(super) shutdown: ShutdownSignal,
    /// Sends when the server has shut down and released its address.
    pub(super) ended: oneshot::Sender<()>,
    /// Exit code; if set, the thread terminates the process at its end, because the application is stuck.
    pub(super) exit: Arc<OnceLock<i32>>,
}

/// Starts the thread that serves the admin API on `listener`. It drops `registrations` when it ends.
pub(super) fn start(
    listener: BoundListener,
    state: Arc<AdminState>,
    registrations: Vec<Registration>,
    channels: ThreadChannels,
) -> io::Result<()> {
    let run = move || run(listener, state, registrations, channels);
    thread::Builder::new().name("ops".to_owned()).spawn(run).map(drop)
}

fn run(listener: BoundListener, state: Arc<AdminState>, registrations: Vec<Registration>, channels: ThreadChannels) {
    // Created and dropped on this thread: a runtime must not be dropped within another runtime.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_name("ops-blocking")
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_keep_alive(Duration::from_secs(10))
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = channels.ready.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        let listener = match listener.start() {
            Ok(listener) => listener,
            Err(error) => {
                let _ = channels.ready.send(Err(error));
                return;
            }
        };
        let _ = channels.ready.send(Ok(Handle::current()));
        if channels.begin.await.is_ok() {
            spawn_background_tasks(&state);
            let service = ConnectionService {
                responder: Responder::new(&state),
                limits: Arc::new(state.limits().clone()),
                shutdown: channels.shutdown,
                #[cfg(feature = "tls")]
                tls: state.tls(),
            };
            accept_connections(listener, service).await;
            state.flush_audit_log().await;
        }
    });
    if let Some(code) = channels.exit.get() {
        exit(*code);
    }
    drop(registrations);
    log::flush(LOG_TIMEOUT);
    let _ = channels.ended.send(());
    // Does not wait for blocking threads that hang.
    runtime.shutdown_background();
}
