//! Cost of removing and expiring series, and of ended threads.
//!
//! These rows have absolute targets and measure `ops` only.

mod cycles;
mod native;
mod removal;
mod threads;

use crate::row::Lifecycle;
use ops::metric::InstrumentOptions;
use ops::{Counter, Labels, Metrics};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Returns the figure of the row; `None` if the metric values are wrong.
pub(crate) fn measure(lifecycle: Lifecycle) -> Option<f64> {
    match lifecycle {
        Lifecycle::Remove(series) => removal::remove(series),
        Lifecycle::RemoveStall(series) => removal::remove_stall(series),
        Lifecycle::Expire(series) => removal::expire(series),
        Lifecycle::ExpireStall(series) => removal::expire_stall(series),
        Lifecycle::ScrapeAfterThreads(threads) => threads::scrape(threads),
        Lifecycle::MemoryAfterThreads(threads) => threads::memory(threads),
        Lifecycle::NativeMemory { series, threads } => native::memory(series, threads),
        Lifecycle::NativeRead => native::read(),
        Lifecycle::Registrations(cycles) => cycles::registrations(cycles),
        Lifecycle::Sessions(cycles) => cycles::sessions(cycles),
    }
}

/// Label set of all families in this module.
#[derive(Labels)]
struct Session {
    id: u32,
}

/// A registry with one counter that has `series` series, each at 1.
struct Sessions {
    metrics: Metrics,
    counter: Arc<Counter<Session>>,
}

impl Sessions {
    fn new(series: usize, ttl: Option<Duration>) -> Option<Sessions> {
        let metrics = Metrics::new();
        let options = InstrumentOptions::new().max_series(2 * series as u32);
        let options = ttl.map_or(options, |ttl| options.ttl(ttl));
        let counter = metrics.register("sessions", "", None, Counter::<Session>::with_options(options)).ok()?;
        let sessions = Sessions { metrics, counter };
        (0..series as u32).for_each(|id| sessions.touch(id));
        Some(sessions)
    }

    /// Increments the counter of a series, and creates it if absent.
    fn touch(&self, id: u32) {
        self.counter.with(&Session { id }).inc();
    }

    /// Runs a scrape and returns its duration.
    fn scrape(&self) -> Duration {
        let started = Instant::now();
        self.metrics.write_text(&mut io::sink()).expect("writing to a sink is infallible");
        started.elapsed()
    }
}
