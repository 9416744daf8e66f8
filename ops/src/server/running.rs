//! A server: bound to its address, and running.

use super::listen::listen;
use super::shutdown::{Phases, Shutdown, ShutdownCoordinator, shutdown_channel};
use super::thread::{self, ThreadChannels};
use super::{Address, Error, Termination};
use crate::admin::{AdminState, ApiConfig, Exposure};
use crate::health::Health;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A server that has its address and does not answer yet: connections wait until [`spawn`](Server::spawn).
///
/// Dropping it gives the address back.
pub struct Server {
    begin: oneshot::Sender<()>,
    running: Running,
}

/// A server that answers, on a thread of its own.
///
/// Dropping this leaves it on, until the process ends.
pub struct Running {
    address: Address,
    shutdown: Shutdown,
    ended: oneshot::Receiver<()>,
    health: Arc<Health>,
    /// The runtime of the server.
    runtime: Handle,
    exit: Arc<OnceLock<i32>>,
    shutdown_timeout: Duration,
}

/// Binds a server of `config` to `address`. Checks will run on the current runtime.
pub(crate) async fn bind(address: Address, config: ApiConfig, plaintext_credentials: bool) -> Result<Server, Error> {
    let application = Handle::try_current().map_err(|_error| Error::NoRuntime)?;
    let listener = listen(&address).await.map_err(|error| Error::from_listen(error, &address))?;
    let failed = |source| Error::Start { source };
    let (address, exposure) = (listener.address().map_err(failed)?, listener.exposure().map_err(failed)?);
    #[cfg(feature = "tls")]
    let is_encrypted = config.tls.is_some();
    #[cfg(not(feature = "tls"))]
    let is_encrypted = false;
    match (&config.policy, exposure) {
        (Some(_), Exposure::Network) if !is_encrypted && !plaintext_credentials => {
            return Err(Error::PlaintextCredentials { address });
        }
        (None, Exposure::Network) => tracing::warn!(
            %address,
            "no policy is set: other machines are given the public endpoints only, set one with `Api::builder().policy(..)`"
        ),
        _ => {}
    }
    let (health, shutdown_timeout) = (config.health.clone(), config.limits.shutdown_timeout);
    let (shutdown, signal) = shutdown_channel();
    let state = Arc::new(AdminState::new(config, exposure, application, signal.receiver()).map_err(failed)?);
    let (ready, is_ready) = oneshot::channel();
    let (begin, may_begin) = oneshot::channel();
    let (ended, has_ended) = oneshot::channel();
    let exit = Arc::new(OnceLock::new());
    let channels = ThreadChannels { ready, begin: may_begin, shutdown: signal, ended, exit: exit.clone() };
    let registrations = state.register_metrics();
    thread::start(listener, state, registrations, channels).map_err(failed)?;
    match is_ready.await {
        Ok(Ok(runtime)) => {
            let running = Running { address, shutdown, ended: has_ended, health, runtime, exit, shutdown_timeout };
            Ok(Server { begin, running })
        }
        Ok(Err(source)) => Err(Error::Start { source }),
        Err(_gone) => Err(Error::Ended),
    }
}

impl Server {
    /// Returns the IP address and port that it listens on, with the assigned port if port 0 was requested; `0.0.0.0:0` for a
    /// Unix socket, whose path [`address`](Self::address) has.
    pub fn local_addr(&self) -> SocketAddr {
        self.running.local_addr().unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into())
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> &Address {
        &self.running.address
    }

    /// Begins to answer.
    pub fn spawn(self) -> Running {
        // If the thread is gone, `Running::shutdown` says so.
        let _ = self.begin.send(());
        self.running
    }
}

impl Running {
    /// Returns the IP address and port that it listens on; `None` for a Unix socket, whose path [`address`](Self::address) has.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.address.socket()
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Makes readiness unhealthy at once, whatever the checks say; all else goes on. Whether that was not so already. See
    /// [`Health::drain`].
    pub fn drain(&self) -> bool {
        self.health.drain()
    }

    /// Lets readiness be what the checks say again; whether it was turned off.
    pub fn undrain(&self) -> bool {
        self.health.undrain()
    }

    /// Waits until the program is told to end, by SIGTERM or Ctrl-C, and ends it in order: readiness off, a
    /// [delay](Termination::drain_delay), then `stop`, and this server last.
    ///
    /// `stop` makes the service accept no more, and what it returns ends when all that is in flight has; it is given up
    /// after the [grace period](Termination::grace_period), and the result is what it came to, or `None`. Each further signal ends the phase
    /// that it comes in.
    ///
    /// The signals are heard from the call on, also before what it returns is awaited: call it before the program says that
    /// it is there. From the first call on they do not end the process by themselves any more, as long as it runs.
    ///
    /// The time is kept by the thread of this server. Readiness goes off in time even where the application does not run any
    /// more; if it has not taken notice [`shutdown_timeout`](crate::Limits::shutdown_timeout) after its time to finish, this
    /// server is ended all the same, and the process with it: with the exit code that a shell gives to the signal, 143 for
    /// SIGTERM.
    ///
    /// ```standalone_crate
    /// use tokio::sync::oneshot;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ops::Error> {
    /// let (stop, stopped) = oneshot::channel::<()>();
    /// let service = tokio::spawn(async { stopped.await.ok() }); // a server with a graceful shutdown
    ///
    /// let end = ops::serve("127.0.0.1:0").await?.end_on_signal(ops::Termination::default(), || async {
    ///     let _ = stop.send(());
    ///     let _ = service.await;
    /// });
    /// println!("Ctrl-C ends it.");
    /// # let _ = tokio::time::timeout(std::time::Duration::ZERO, end).await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Signals`] if the system does not let it hear of signals, [`Error::Ended`] if the server had ended by
    /// itself.
    pub fn end_on_signal<F: Future>(
        self,
        termination: Termination,
        stop: impl FnOnce() -> F,
    ) -> impl Future<Output = Result<Option<F::Output>, Error>> {
        let phases = self.coordinate_shutdown(termination).map_err(|source| Error::Signals { source });
        async move {
            let output = phases?.follow(stop).await.map_err(|_gone| Error::Ended)?;
            self.shutdown().await.map(|()| output)
        }
    }

    /// Starts the coordinator of a graceful shutdown on the runtime of the server, which runs whatever the application does.
    ///
    /// # Errors
    /// If the system does not allow it to listen for signals.
    fn coordinate_shutdown(&self, termination: Termination) -> io::Result<Phases> {
        let _runtime = self.runtime.enter();
        ShutdownCoordinator {
            health: self.health.clone(),
            termination,
            exit_timeout: self.shutdown_timeout,
            shutdown: self.shutdown.clone(),
            exit: self.exit.clone(),
        }
        .start()
    }

    /// Stops accepting connections, waits for requests in flight for at most
    /// [`shutdown_timeout`](crate::Limits::shutdown_timeout), and gives the address back.
    ///
    /// # Errors
    /// [`Error::Ended`] if the server had ended by itself.
    pub async fn shutdown(self) -> Result<(), Error> {
        self.shutdown.trigger();
        self.ended.await.map_err(|_gone| Error::Ended)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.running.address).finish_non_exhaustive()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}
