//! Handles of a server: [`Server`] before, and [`Running`] while it serves requests.

use super::listen::listen;
use super::shutdown::{Coordination, Interruption, Shutdown, ShutdownCoordinator, exit_after, shutdown_channel};
use super::thread::{self, ThreadChannels};
use super::{Address, Error, ShutdownSignal, Termination};
use crate::admin::{AdminState, ApiConfig, Exposure};
use crate::health::Health;
use crate::log;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A server that is bound to its address; connections queue until [`spawn`](Server::spawn) is called.
///
/// Dropping it releases the address.
pub struct Server {
    begin: oneshot::Sender<()>,
    running: Running,
}

/// A running server, on a dedicated thread.
///
/// The server keeps running if this is dropped, until the process exits.
pub struct Running {
    address: Address,
    shutdown: Shutdown,
    ended: oneshot::Receiver<()>,
    health: Arc<Health>,
    /// The runtime of the server thread.
    runtime: Handle,
    exit: Arc<OnceLock<i32>>,
    shutdown_timeout: Duration,
}

/// Binds a server of `config` to `address`. Health checks run on the current runtime.
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
        (None, Exposure::Network) => {
            let address = address.clone();
            log::emit(move || {
                tracing::warn!(
                    %address,
                    "no policy is set: only the public endpoints are served; set one with `Api::builder().policy(..)`"
                );
            });
        }
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
            let listens = address.clone();
            log::emit(move || tracing::info!(target: "ops", address = %listens, "ops is listening"));
            let running = Running { address, shutdown, ended: has_ended, health, runtime, exit, shutdown_timeout };
            Ok(Server { begin, running })
        }
        Ok(Err(source)) => Err(Error::Start { source }),
        Err(_gone) => Err(Error::Ended),
    }
}

impl Server {
    /// Returns the IP address and port of the server.
    ///
    /// If port 0 was requested, this is the assigned port. For a Unix socket it is `0.0.0.0:0`; use [`address`](Self::address).
    pub fn local_addr(&self) -> SocketAddr {
        self.running.local_addr().unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into())
    }

    /// Returns the address of the server.
    pub fn address(&self) -> &Address {
        &self.running.address
    }

    /// Starts serving requests.
    pub fn spawn(self) -> Running {
        // If the thread has ended, `Running::shutdown` returns an error.
        let _ = self.begin.send(());
        self.running
    }
}

impl Running {
    /// Returns the IP address and port of the server, or `None` for a Unix socket.
    ///
    /// [`address`](Self::address) returns the path of a Unix socket.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.address.socket()
    }

    /// Returns the address of the server.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Makes readiness unhealthy, regardless of the checks, while requests are still served.
    ///
    /// Returns `true` if the program was not draining already. See [`Health::drain`].
    pub fn drain(&self) -> bool {
        self.health.drain()
    }

    /// Lets the checks determine readiness again. Returns `true` if the program was draining.
    pub fn undrain(&self) -> bool {
        self.health.undrain()
    }

    /// Runs `service` until it finishes or SIGTERM or Ctrl-C shuts the program down gracefully.
    ///
    /// `service` is called with the shutdown signal and returns the future of the service. If that finishes on its own, for
    /// example because its port is in use, this server shuts down at once, so that its probes do not report a dead service as
    /// healthy, and the result is returned. Otherwise, a signal starts these phases:
    ///
    /// 1. Drain: readiness is unhealthy, and the service keeps running for the [drain delay](Termination::drain_delay), which
    ///    Ctrl-C skips.
    /// 2. The [`ShutdownSignal`] completes. The service has the [grace period](Termination::grace_period) to finish work in
    ///    flight; then it is dropped.
    /// 3. This server shuts down: requests in flight have the [`shutdown_timeout`](crate::Limits::shutdown_timeout) to complete.
    /// 4. This function returns and the program exits. If it has not exited after the
    ///    [exit timeout](Termination::exit_timeout), for example because a blocking task keeps the runtime alive, the process is
    ///    terminated with the signal's conventional exit code: 143 for SIGTERM.
    ///
    /// A further signal ends the current phase; signals within a second of the last one are ignored. After this function has
    /// returned, a signal terminates the process.
    ///
    /// Signals are handled from the call on, before the returned future is polled: call it before the program reports readiness.
    /// The phases are timed by the server thread, so an application that is stuck is drained and terminated, too.
    ///
    /// ```standalone_crate
    /// use ops::Termination;
    /// use tokio::net::TcpListener;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let running = ops::serve("127.0.0.1:0").await?;
    /// let served = running.run(Termination::default(), |shutdown| async move {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     loop {
    ///         tokio::select! {
    ///             () = shutdown.requested() => return Ok(()),
    ///             accepted = listener.accept() => drop(accepted?),
    /// #           () = async {} => return Err(std::io::Error::other("the listener broke")),
    ///         }
    ///     }
    /// });
    /// # let ended: Result<(), std::io::Error> = served.await?;
    /// # assert_eq!(ended.unwrap_err().to_string(), "the listener broke");
    /// # return Ok(());
    /// served.await??;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`ShutdownSignal`] works with the graceful shutdown of `axum`:
    ///
    /// ```ignore
    /// running.run(Termination::default(), |shutdown| axum::serve(listener, app).with_graceful_shutdown(shutdown)).await??;
    /// ```
    ///
    /// # Errors
    /// [`Error::Signals`] if signal handlers cannot be installed, [`Error::Abandoned`] if the service did not finish in time, and
    /// [`Error::Ended`] if the server thread ended unexpectedly.
    pub fn run<S: IntoFuture>(
        self,
        termination: Termination,
        service: impl FnOnce(ShutdownSignal) -> S,
    ) -> impl Future<Output = Result<S::Output, Error>> {
        let (request, shutdown) = shutdown_channel();
        let coordination = self.coordinate_shutdown(termination, request.clone());
        // Also shuts down if this future is dropped or the service panics: probes must not report a dead service as healthy.
        let server = ShutdownOnDrop(self.shutdown.clone());
        async move {
            let mut coordination = coordination.map_err(|source| Error::Signals { source })?;
            let output = {
                let mut service = pin!(service(shutdown).into_future());
                let interruption = tokio::select! {
                    biased;
                    output = &mut service => Ok(output),
                    interruption = coordination.interrupted() => Err(interruption),
                };
                match interruption {
                    Ok(output) => Ok(output),
                    Err(Interruption::Abandoned) => Err(Error::Abandoned),
                    Err(Interruption::CoordinatorGone) => {
                        // The server thread is gone, and with it the timeouts: wait for the service without a limit.
                        request.request();
                        Ok(service.await)
                    }
                }
            };
            drop((coordination, server));
            self.shutdown().await?;
            output
        }
    }

    /// Starts the coordinator of a graceful shutdown on the server's runtime.
    ///
    /// The application cannot delay it there, even if it is stuck.
    ///
    /// # Errors
    /// If signal handlers cannot be installed.
    fn coordinate_shutdown(&self, termination: Termination, service: Shutdown) -> io::Result<Coordination> {
        ShutdownCoordinator {
            health: self.health.clone(),
            termination,
            service,
            server: self.shutdown.clone(),
            server_timeout: self.shutdown_timeout,
            exit: self.exit.clone(),
            exit_after: Box::new(exit_after),
        }
        .start(&self.runtime)
    }

    /// Shuts the server down gracefully and releases its address.
    ///
    /// It stops accepting connections and waits for requests in flight for at most
    /// [`shutdown_timeout`](crate::Limits::shutdown_timeout).
    ///
    /// # Errors
    /// [`Error::Ended`] if the server thread ended unexpectedly.
    pub async fn shutdown(self) -> Result<(), Error> {
        self.shutdown.request();
        self.ended.await.map_err(|_gone| Error::Ended)
    }
}

/// Shuts a server down when it is dropped.
struct ShutdownOnDrop(Shutdown);

impl Drop for ShutdownOnDrop {
    fn drop(&mut self) {
        self.0.request();
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
