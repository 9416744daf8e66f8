//! A registry with one family.

use crate::input::route;
use crate::subject::{Exporter, Kind, Size};
use ops::descriptor::{Location, MetricDescriptor};
use ops::metric::Instrument;
use ops::registry::{LinkedMetrics, MetricEntry};
use ops::{Counter, Histogram, Labels, Metrics};
use std::io::{self, Write};
use std::sync::Arc;

#[derive(Labels)]
struct Request<'a> {
    route: &'a str,
    status: u16,
}

static REQUESTS: Counter<Request<'static>> = Counter::new();
static DURATIONS: Histogram<Request<'static>> = Histogram::new();

const HERE: Location = Location::new(file!(), line!(), module_path!(), "ops-bench");

static COUNTERS: [MetricEntry; 1] =
    [MetricEntry::new(MetricDescriptor::new("http_requests", "Requests", None, HERE), &REQUESTS)];
static HISTOGRAMS: [MetricEntry; 1] =
    [MetricEntry::new(MetricDescriptor::new("http_request_duration", "Latency", Some("seconds"), HERE), &DURATIONS)];

/// A registry with the only family of its type in this program.
pub(super) struct Family {
    kind: Kind,
    metrics: Arc<Metrics>,
}

impl Family {
    pub(super) fn exporter(size: Size) -> Box<dyn Exporter> {
        let family = Self::new(size.kind);
        family.metrics.set_default_max_series(u32::try_from(size.series).unwrap_or(u32::MAX));
        Box::new(family)
    }

    pub(super) fn new(kind: Kind) -> Self {
        let entries = if kind == Kind::Counter { &COUNTERS } else { &HISTOGRAMS };
        let registry =
            LinkedMetrics::new(entries, &[], &[]).expect("duplicate registration in a registry with one family");
        Family { kind, metrics: Arc::new(Metrics::with_linked(registry)) }
    }

    pub(super) fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }
}

impl Exporter for Family {
    fn make(&self, series: usize) {
        let labels = Request { route: &route::route(series), status: route::status(series) };
        match self.kind {
            Kind::Counter => REQUESTS.with(&labels).add(route::total(series)),
            Kind::Histogram => {
                let durations = DURATIONS.with(&labels);
                route::OBSERVATIONS.iter().for_each(|value| durations.observe(*value));
            }
        }
    }

    fn touch(&self, series: usize) {
        REQUESTS.with(&Request { route: &route::route(series), status: route::status(series) }).inc();
    }

    fn encode(&self, to: &mut Vec<u8>) {
        to.clear();
        self.metrics.write_text(to).expect("writing to memory is infallible");
    }

    fn stream(&self) -> usize {
        let mut counted = Counted(0);
        self.metrics.write_text(&mut counted).expect("counting bytes is infallible");
        counted.0
    }

    fn incomplete(&self) -> Option<&'static str> {
        let overflowed = REQUESTS.overflowed() + DURATIONS.overflowed();
        (overflowed > 0).then_some("series above `max_series` are merged into the overflow series")
    }
}

/// A writer that counts bytes and discards them.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
