//! Memory growth over repeated creation and removal of families and series.

use super::Session;
use crate::measures::memory::resident;
use ops::{Buckets, Histogram, Metrics, attr};

/// Number of cycles between checks of the values.
const CHECK_INTERVAL: u32 = 1_000;

/// Returns the memory growth over `cycles` registrations and deregistrations of a family, in bytes.
pub(super) fn registrations(cycles: u32) -> Option<f64> {
    let metrics = Metrics::new();
    let cycle = |at: u32| {
        let counter = metrics.counter("jobs_total");
        counter.add(u64::from(at), &[attr("queue", "mail")]);
        let exact = at % CHECK_INTERVAL != 0
            || metrics.to_text() == format!("# TYPE jobs_total counter\njobs_total{{queue=\"mail\"}} {at}\n");
        exact && metrics.deregister("jobs_total")
    };
    let grown = growth(cycles, cycle)?;
    metrics.to_text().is_empty().then_some(grown)
}

/// Returns the memory growth over `cycles` creations and removals of a native series, in bytes.
pub(super) fn sessions(cycles: u32) -> Option<f64> {
    let metrics = Metrics::new();
    let histogram = Histogram::<Session>::with_buckets(Buckets::NATIVE);
    let histogram = metrics.register("latency", "", Some("seconds"), histogram).ok()?;
    let cycle = |id: u32| {
        let session = histogram.with(&Session { id });
        let latency = f64::from(1 + id % 64) / 1_024.0;
        session.observe(latency);
        let exact = id % CHECK_INTERVAL != 0 || (session.count(), session.sum()) == (1, latency);
        exact && histogram.remove(&Session { id })
    };
    let grown = growth(cycles, cycle)?;
    metrics.to_text().is_empty().then_some(grown)
}

/// Returns the memory growth in bytes; `None` if `cycle` returns `false`.
///
/// The first tenth of the cycles is a warm_up-up.
fn growth(cycles: u32, mut cycle: impl FnMut(u32) -> bool) -> Option<f64> {
    let warm_up = cycles / 10;
    let is_exact = (0..warm_up).all(&mut cycle);
    let before = resident();
    let stays_exact = (warm_up..cycles).all(&mut cycle);
    (is_exact && stays_exact).then(|| (resident() - before).max(0.0))
}
