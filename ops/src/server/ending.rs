//! Ends a program in order: the clock of it, on the runtime of the server, and what the application does about it.

use super::signals::signals;
use super::stop::Stop;
use super::{Error, Termination};
use crate::health::Health;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// What the application is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    GoOn,
    /// To accept no more, and to finish what is in flight.
    Stop,
    /// To finish no more.
    GiveUp,
}

/// The orders that there are for the application. Dropping them says that it needs no more.
#[derive(Debug)]
pub(super) struct Orders(watch::Receiver<Order>);

/// Keeps the time of each phase where the application cannot hold it up.
pub(super) struct Conductor {
    pub(super) health: Arc<Health>,
    pub(super) termination: Termination,
    /// How long the application may take to hear that it is to finish no more.
    pub(super) grace: Duration,
    /// Ends the server.
    pub(super) stop: Stop,
    /// Makes the end of the server that of the process, with this code.
    pub(super) exit: Arc<OnceLock<i32>>,
}

impl Conductor {
    /// Waits for the first signal, on the present runtime.
    ///
    /// # Errors
    /// If the system does not let it hear of signals.
    pub(super) fn start(self) -> io::Result<Orders> {
        let signals = signals()?;
        let (give, orders) = watch::channel(Order::GoOn);
        tokio::spawn(async move {
            tokio::select! {
                () = give.closed() => {}
                () = self.conduct(signals, &give) => {}
            }
        });
        Ok(Orders(orders))
    }

    /// All phases, as long as the application follows.
    async fn conduct(self, mut signals: Receiver<i32>, give: &watch::Sender<Order>) {
        let Some(signal) = signals.recv().await else { return };
        let Termination { delay, finish } = self.termination;
        tracing::info!(?delay, "the program is told to end: readiness is off");
        self.health.drain();
        if timeout(delay, signals.recv()).await.is_ok() {
            tracing::warn!("the program is told again to end: it waits no longer for others to see that");
        }
        give.send_replace(Order::Stop);
        tokio::select! {
            _told = signals.recv() => {
                tracing::warn!("the program is told again to end: it does not wait for what is in flight");
            }
            () = sleep(finish) => tracing::warn!(after = ?finish, "the program ends with work in flight"),
        }
        give.send_replace(Order::GiveUp);
        let _told_or_elapsed = timeout(self.grace, signals.recv()).await;
        tracing::error!("the application does not run any more: the process ends without it");
        // Nothing else sets it.
        let _ = self.exit.set(128 + signal);
        self.stop.wish();
    }
}

impl Orders {
    /// Does as they say: what the future of `stop` comes to, or `None` if that was given up.
    ///
    /// # Errors
    /// [`Error::Ended`] if nobody is left to give them.
    pub(super) async fn follow<F: Future>(mut self, stop: impl FnOnce() -> F) -> Result<Option<F::Output>, Error> {
        self.come_to(Order::Stop).await?;
        let finished = stop();
        tokio::select! {
            biased;
            output = finished => Ok(Some(output)),
            given_up = self.come_to(Order::GiveUp) => given_up.map(|()| None),
        }
    }

    async fn come_to(&mut self, order: Order) -> Result<(), Error> {
        self.0.wait_for(|given| *given >= order).await.map(drop).map_err(|_gone| Error::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stop::stop;
    use super::*;
    use tokio::sync::mpsc::{Sender, channel};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    /// The end of a program with 10 s of delay, 30 s to finish and 5 s to hear of that, and how it can be followed.
    struct Ending {
        health: Arc<Health>,
        signal: Sender<i32>,
        exit: Arc<OnceLock<i32>>,
        conducted: JoinHandle<Instant>,
        orders: Orders,
    }

    fn begin() -> Ending {
        let (health, exit) = (Arc::new(Health::new()), Arc::new(OnceLock::new()));
        let (signal, signals) = channel(1);
        let (give, orders) = watch::channel(Order::GoOn);
        let conductor = Conductor {
            health: health.clone(),
            termination: Termination::default().delay(10 * SECOND).finish(30 * SECOND),
            grace: 5 * SECOND,
            stop: stop().0,
            exit: exit.clone(),
        };
        let conducted = tokio::spawn(async move {
            conductor.conduct(signals, &give).await;
            Instant::now()
        });
        Ending { health, signal, exit, conducted, orders: Orders(orders) }
    }

    async fn tell(signal: &Sender<i32>) {
        signal.send(15).await.unwrap();
        tokio::task::yield_now().await;
    }

    #[tokio::test(start_paused = true)]
    async fn readiness_goes_first_and_all_else_goes_on_for_the_delay() {
        let ending = begin();
        assert!(!ending.health.is_draining());
        let told = Instant::now();
        tell(&ending.signal).await;
        assert!(ending.health.is_draining());
        let stopped = ending.orders.follow(|| async { told.elapsed() }).await.unwrap();
        assert_eq!((stopped, told.elapsed()), (Some(10 * SECOND), 10 * SECOND), "it waits for nothing else");
        assert!(ending.health.is_draining(), "nothing but an undo makes it ready again");
        assert_eq!(ending.exit.get(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_in_flight_is_given_up_after_its_time() {
        let ending = begin();
        let told = Instant::now();
        tell(&ending.signal).await;
        assert_eq!(ending.orders.follow(std::future::pending::<()>).await.unwrap(), None);
        assert_eq!(told.elapsed(), 40 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn each_further_signal_ends_the_phase_that_it_comes_in() {
        let Ending { signal, orders, .. } = begin();
        let told = Instant::now();
        tell(&signal).await;
        tell(&signal).await;
        let (stop, stopped) = oneshot::channel();
        let following = tokio::spawn(orders.follow(|| {
            let _ = stop.send(Instant::now());
            std::future::pending::<()>()
        }));
        assert_eq!(stopped.await.unwrap() - told, Duration::ZERO);
        tell(&signal).await;
        assert_eq!(following.await.unwrap().unwrap(), None);
        assert_eq!(told.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_application_that_does_not_follow_is_ended_with_the_server() {
        let Ending { signal, exit, conducted, orders, .. } = begin();
        let told = Instant::now();
        tell(&signal).await;
        assert_eq!(conducted.await.unwrap() - told, 45 * SECOND);
        assert_eq!(exit.get(), Some(&143));
        drop(orders);
    }
}
