//! Calls of one annotated function: by outcome, how long they took, how many are running.

mod call;
mod label;
mod layout;
mod served;

pub use call::Call;
pub use label::LabelDeclaration;

use super::buckets::Buckets;
use super::labels::LabelValue;
use super::shard;
use super::slots;
use crate::clock::Stopwatch;
use crate::descriptor::{Here, Location, MetricDescriptor};
use label::Given;
use layout::{Layout, Series};
use std::mem::ManuallyDrop;
use std::panic;
use std::sync::OnceLock;

/// The name that functions share which name nothing of their own.
pub(crate) const SHARED_NAME: &str = "function_calls";

/// The metrics of one annotated function; the attribute `#[metric]` makes one.
#[derive(Debug)]
pub struct FunctionMetric {
    name: Option<&'static str>,
    function: &'static str,
    help: &'static str,
    location: Location,
    labels: &'static [LabelDeclaration],
    buckets: Buckets,
    // All else is made as the function is first called or shown: a constant that is small is quick to compile, and
    // quicker where there is nothing to drop.
    layout: ManuallyDrop<OnceLock<Layout>>,
}

#[expect(clippy::declare_interior_mutable_const, reason = "each function has one of its own")]
const UNUSED: FunctionMetric = FunctionMetric {
    name: None,
    function: "",
    help: "",
    location: Location::new("", 0, "", ""),
    labels: &[],
    buckets: Buckets::SECONDS,
    layout: ManuallyDrop::new(OnceLock::new()),
};

impl Here {
    /// The metrics of `function`, which stands here in `module` of `package`; called `name`, or shared with all functions
    /// that name nothing.
    #[track_caller]
    pub const fn function(
        self,
        name: Option<&'static str>,
        function: &'static str,
        help: &'static str,
        module: &'static str,
        package: &'static str,
    ) -> FunctionMetric {
        let place = panic::Location::caller();
        let location = Location { file: place.file(), line: place.line(), module, package };
        FunctionMetric { name, function, help, location, ..UNUSED }
    }
}

impl FunctionMetric {
    /// The metrics of `function`, called `name`, or shared with all functions that name nothing.
    pub const fn new(
        name: Option<&'static str>,
        function: &'static str,
        help: &'static str,
        location: Location,
    ) -> Self {
        FunctionMetric { name, function, help, location, ..UNUSED }
    }

    /// Sets the labels that tell calls apart.
    #[must_use]
    pub const fn labels(self, labels: &'static [LabelDeclaration]) -> Self {
        FunctionMetric { labels, ..self }
    }

    /// Sets the buckets of the durations, in seconds.
    #[must_use]
    pub const fn buckets(self, buckets: Buckets) -> Self {
        FunctionMetric { buckets, ..self }
    }

    /// Counts a call in that has no labels; the guard counts it out.
    // Not inlined, nor is what ends a call: an annotated function grows by two calls.
    pub fn enter(&'static self) -> Call {
        self.enter_with(&[])
    }

    /// Counts a call in, with the values of the declared labels; the guard counts it out.
    pub fn enter_with(&'static self, values: &[&dyn LabelValue]) -> Call {
        let layout = self.layout();
        let slot = match &layout.series {
            Series::Closed { first, .. } => first + self.index(values) as u32 * layout.width,
            Series::Open(family) => {
                family.slot(&Given { labels: self.labels, values }, || slots::allocate(layout.width))
            }
        };
        shard::add_level(slot, 1);
        Call { layout, slot, started: Stopwatch::start() }
    }

    pub(crate) fn descriptor(&self) -> MetricDescriptor {
        MetricDescriptor::new(self.name.unwrap_or(SHARED_NAME), self.help, None, self.location)
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.name.is_none()
    }

    fn index(&self, values: &[&dyn LabelValue]) -> usize {
        let digits = self.labels.iter().zip(values);
        digits.fold(0, |index, (label, value)| index * label.values().unwrap_or(1) + value.index())
    }

    #[inline]
    fn layout(&self) -> &Layout {
        self.layout.get_or_init(|| Layout::new(self.labels, &self.buckets))
    }
}

#[cfg(test)]
mod tests {
    use super::super::instrument::{Instrument, Value};
    use super::super::outcome::CallOutcome;
    use super::super::shard::Reader;
    use super::served::{CALLS, IN_FLIGHT};
    use super::*;
    use crate::metric::Number;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    const HERE: Location = Location::new("app.rs", 3, "app", "app");

    fn shown(value: Value<'_>) -> f64 {
        match value {
            Value::Counter { total: Number::Integer(total), .. } => total as f64,
            Value::Gauge(level) => level,
            other => panic!("neither a counter nor a gauge: {other:?}"),
        }
    }

    fn counters(metric: &FunctionMetric) -> Vec<String> {
        let mut lines = Vec::new();
        metric.collect(IN_FLIGHT, &Reader::new(), &mut |labels, value| {
            lines.push(format!("in_flight{{{labels}}} {}", shown(value)))
        });
        metric.collect(CALLS, &Reader::new(), &mut |labels, value| {
            lines.push(format!("calls{{{labels}}} {}", shown(value)))
        });
        lines
    }

    #[test]
    fn a_call_is_counted_once_by_how_it_ended_and_never_left_in_flight() {
        static METRIC: FunctionMetric = FunctionMetric::new(None, "work", "", HERE);
        METRIC.enter().finish(CallOutcome::Ok);
        METRIC.enter().finish(CallOutcome::Error);
        drop(METRIC.enter());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _call = METRIC.enter();
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        let labels = |outcome| format!(r#"calls{{function="work",module="app",outcome="{outcome}"}} 1"#);
        assert_eq!(
            counters(&METRIC),
            [
                r#"in_flight{function="work",module="app"} 0"#.to_owned(),
                labels("cancelled"),
                labels("error"),
                labels("ok"),
                labels("panic"),
            ]
        );
    }

    #[test]
    fn closed_labels_are_there_from_the_start_and_open_ones_as_they_are_used() {
        static CLOSED: FunctionMetric = FunctionMetric::new(Some("f"), "f", "", HERE)
            .labels(&[LabelDeclaration::closed::<bool>("a"), LabelDeclaration::closed::<Option<bool>>("b")]);
        static OPEN: FunctionMetric =
            FunctionMetric::new(Some("g"), "g", "", HERE).labels(&[LabelDeclaration::open("a")]);
        assert_eq!(counters(&CLOSED).len(), 6 * 5);
        CLOSED.enter_with(&[&true, &Some(false)]).finish(CallOutcome::Ok);
        assert!(counters(&CLOSED).contains(&r#"calls{a="true",b="false",outcome="ok"} 1"#.to_owned()));
        assert_eq!(counters(&OPEN), [""; 0]);
        OPEN.enter_with(&[&"x"]).finish(CallOutcome::Ok);
        assert!(counters(&OPEN).contains(&r#"calls{a="x",outcome="ok"} 1"#.to_owned()));
    }
}
