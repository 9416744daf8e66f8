//! A server before, while and after it runs.

use super::ending::{Conductor, Orders};
use super::stop::{Stop, stop};
use super::thread::{self, Signals};
use super::{Address, Error, Termination, listener};
use crate::admin::{Admin, Exposure, Sources};
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
    stop: Stop,
    ended: oneshot::Receiver<()>,
    health: Arc<Health>,
    /// The one of the server.
    runtime: Handle,
    exit: Arc<OnceLock<i32>>,
    shutdown_timeout: Duration,
}

/// Takes `address` for what `sources` tell. Checks will run on the present runtime.
pub(crate) async fn bind(address: Address, sources: Sources, plaintext_credentials: bool) -> Result<Server, Error> {
    let application = Handle::try_current().map_err(|_error| Error::NoRuntime)?;
    let listener = listener::listen(&address).await?;
    let failed = |source| Error::Start { source };
    let (address, exposure) = (listener.address().map_err(failed)?, listener.exposure().map_err(failed)?);
    #[cfg(feature = "tls")]
    let is_encrypted = sources.tls.is_some();
    #[cfg(not(feature = "tls"))]
    let is_encrypted = false;
    match (&sources.policy, exposure) {
        (Some(_), Exposure::Network) if !is_encrypted && !plaintext_credentials => {
            return Err(Error::PlaintextCredentials { address });
        }
        (None, Exposure::Network) => tracing::warn!(
            %address,
            "no policy is set: other machines are given the public endpoints only, set one with `Api::builder().policy(..)`"
        ),
        _ => {}
    }
    let (health, shutdown_timeout) = (sources.health.clone(), sources.limits.shutdown_timeout);
    let (stop, stopped) = stop();
    let admin = Arc::new(Admin::new(sources, exposure, application, stopped.wish()).map_err(failed)?);
    let (ready, is_ready) = oneshot::channel();
    let (begin, may_begin) = oneshot::channel();
    let (ended, has_ended) = oneshot::channel();
    let exit = Arc::new(OnceLock::new());
    let signals = Signals { ready, begin: may_begin, stopped, ended, exit: exit.clone() };
    thread::start(listener, admin, signals).map_err(failed)?;
    match is_ready.await {
        Ok(Ok(runtime)) => {
            let running = Running { address, stop, ended: has_ended, health, runtime, exit, shutdown_timeout };
            Ok(Server { begin, running })
        }
        Ok(Err(source)) => Err(Error::Start { source }),
        Err(_gone) => Err(Error::Ended),
    }
}

impl Server {
    /// The address it listens on, with the port that was free if it was asked for port 0; `0.0.0.0:0` if that is a Unix
    /// socket.
    pub fn local_addr(&self) -> SocketAddr {
        self.running.local_addr()
    }

    /// Where it listens.
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
    /// The address it listens on; `0.0.0.0:0` if that is a Unix socket.
    pub fn local_addr(&self) -> SocketAddr {
        self.address.socket().unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into())
    }

    /// Where it listens.
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

    /// What ends the program in order on the runtime of the server, which runs whatever the application does.
    ///
    /// # Errors
    /// If the system does not let it hear of signals.
    pub(super) fn conduct(&self, termination: Termination) -> io::Result<Orders> {
        let _here = self.runtime.enter();
        Conductor {
            health: self.health.clone(),
            termination,
            grace: self.shutdown_timeout,
            stop: self.stop.clone(),
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
        self.stop.wish();
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
