//! A server: bound to its address, and running.

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
        (None, Exposure::Network) => {
            let address = address.clone();
            log::emit(move || {
                tracing::warn!(
                    %address,
                    "no policy is set: other machines are given the public endpoints only, set one with `Api::builder().policy(..)`"
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

    /// Runs `service` until it ends by itself, or until SIGTERM or Ctrl-C shuts the program down gracefully. This server ends last.
    ///
    /// `service` is called with the signal to shut down, and returns the future of the service. If that ends by itself, as when its
    /// port is taken, the server ends at once, so that its probes never speak for a service that is dead, and the result is returned.
    /// Otherwise a signal starts these phases:
    ///
    /// 1. Readiness is off and the service goes on for the [drain delay](Termination::drain_delay), which Ctrl-C skips.
    /// 2. Its [`ShutdownSignal`] completes. The service has the [grace period](Termination::grace_period) to finish what is in flight;
    ///    then it is dropped.
    /// 3. The server ends: requests in flight may take the [`shutdown_timeout`](crate::Limits::shutdown_timeout).
    /// 4. The program returns from here and exits. If it does not within the [exit timeout](Termination::exit_timeout), as when
    ///    a blocking task keeps the runtime, the process is ended, with the exit code that a shell gives to the signal: 143 for SIGTERM.
    ///
    /// A further signal ends the phase that it comes in; repetitions within a second count once. Once this has returned, a signal ends
    /// the process.
    ///
    /// Signals are handled from the call on, also before the returned future is awaited: call it before the program says that it is
    /// ready. The time is kept by the thread of this server, so an application that is stuck is drained and ended too.
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
    /// The signal is what a graceful shutdown of `axum` takes:
    ///
    /// ```ignore
    /// running.run(Termination::default(), |shutdown| axum::serve(listener, app).with_graceful_shutdown(shutdown)).await??;
    /// ```
    ///
    /// # Errors
    /// [`Error::Signals`] if the system does not allow the program to listen for signals, [`Error::Abandoned`] if the service did not
    /// end in time, and [`Error::Ended`] if this server had ended by itself.
    pub fn run<S: IntoFuture>(
        self,
        termination: Termination,
        service: impl FnOnce(ShutdownSignal) -> S,
    ) -> impl Future<Output = Result<S::Output, Error>> {
        let (request, shutdown) = shutdown_channel();
        let coordination = self.coordinate_shutdown(termination, request.clone());
        // Also when this is dropped, or the service panics: nobody must be told that it is alive.
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
                        // The server is gone, and with it the time: the service ends as it can.
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

    /// Starts the coordinator of a graceful shutdown on the runtime of the server, which runs whatever the application does.
    ///
    /// # Errors
    /// If the system does not allow it to listen for signals.
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

    /// Stops accepting connections, waits for requests in flight for at most
    /// [`shutdown_timeout`](crate::Limits::shutdown_timeout), and gives the address back.
    ///
    /// # Errors
    /// [`Error::Ended`] if the server had ended by itself.
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
