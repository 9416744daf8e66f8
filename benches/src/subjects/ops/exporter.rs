//! A registry of one family.

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

/// The one family of its kind that there is in the program.
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
        let registry = LinkedMetrics::new(entries, &[], &[]).expect("one family does not conflict");
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
        self.metrics.write_text(to).expect("memory takes all");
    }

    fn stream(&self) -> usize {
        let mut counted = Counted(0);
        self.metrics.write_text(&mut counted).expect("it takes all");
        counted.0
    }

    fn incomplete(&self) -> Option<&'static str> {
        let overflowed = REQUESTS.overflowed() + DURATIONS.overflowed();
        (overflowed > 0).then_some("series past the limit of the family share one")
    }
}

/// Where bytes are counted and go nowhere.
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
