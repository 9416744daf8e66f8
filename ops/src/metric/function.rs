//! Calls of one annotated function: by outcome, how long they took, how many are running.

use super::buckets::Buckets;
use super::family::{ClosedLabels, run_of};
use super::histogram::HistogramSeries;
use super::instrument::{Instrument, Part, Value};
use super::label_writer::{LabelWriter, ValueWriter};
use super::labels::{LabelValue, Labels};
use super::open::OpenFamily;
use super::outcome::CallOutcome;
use super::shard::{self, Reader};
use super::slots;
use crate::clock::Stopwatch;
use crate::descriptor::{Kind, Location, MetricDescriptor};
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
    // All else is made as the function is first called or shown: a constant that is small is quick to compile.
    layout: OnceLock<Layout>,
}

/// How the slots of a function are laid out, found out once.
#[derive(Debug)]
struct Layout {
    bounds: Box<[f64]>,
    /// The slots of one series: how many calls are running, and a distribution of durations an outcome.
    width: u32,
    series: Series,
}

/// The series of a function.
#[derive(Debug)]
enum Series {
    /// So many combinations of labels, from the slot `first` on.
    Closed { combinations: u32, first: u32, labels: ClosedLabels },
    /// As they are used.
    Open(OpenFamily),
}

/// A label of an annotated function.
#[derive(Clone, Copy, Debug)]
pub struct LabelDeclaration {
    name: &'static str,
    values: fn() -> Option<usize>,
    write_nth: fn(usize, &mut ValueWriter<'_>),
}

impl LabelDeclaration {
    /// A label whose type is known, and so whether its values are.
    pub const fn closed<V: LabelValue>(name: &'static str) -> Self {
        LabelDeclaration::new(name, V::values, V::write_nth)
    }

    /// A label whose type has these functions: as an expansion writes it, for one error where the type has none.
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        values: fn() -> Option<usize>,
        write_nth: fn(usize, &mut ValueWriter<'_>),
    ) -> Self {
        LabelDeclaration { name, values, write_nth }
    }

    /// A label whose values are known as they are first used.
    pub const fn open(name: &'static str) -> Self {
        LabelDeclaration { name, values: || None, write_nth: |_, _| {} }
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
        FunctionMetric {
            name,
            function,
            help,
            location,
            labels: &[],
            buckets: Buckets::SECONDS,
            layout: OnceLock::new(),
        }
    }

    /// Sets the labels that tell calls apart.
    #[must_use]
    pub const fn labels(self, labels: &'static [LabelDeclaration]) -> Self {
        // A struct update would have to drop the rest of `self`, which a `const fn` cannot.
        let mut metric = self;
        metric.labels = labels;
        metric
    }

    /// Sets the buckets of the durations, in seconds.
    #[must_use]
    pub const fn buckets(self, buckets: Buckets) -> Self {
        let mut metric = self;
        metric.buckets = buckets;
        metric
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
        digits.fold(0, |index, (label, value)| index * (label.values)().unwrap_or(1) + value.index())
    }

    #[inline]
    fn layout(&self) -> &Layout {
        self.layout.get_or_init(|| self.lay_out())
    }

    #[cold]
    fn lay_out(&self) -> Layout {
        let bounds: Box<[f64]> = self.buckets.bounds().into();
        let width = 1 + CallOutcome::ALL.len() as u32 * HistogramSeries::width(&bounds);
        let mut counts = self.labels.iter().map(|label| (label.values)());
        let product = counts.try_fold(1_usize, |product, count| product.checked_mul(count?));
        let series = match product.and_then(|product| run_of(product, width)) {
            Some(combinations) => Series::Closed {
                combinations,
                first: slots::allocate(combinations * width),
                labels: ClosedLabels::new(),
            },
            None => Series::Open(OpenFamily::new(None, None)),
        };
        Layout { bounds, width, series }
    }

    /// Hands over each series: its labels, and the first of its slots.
    fn for_each(&self, mut series: impl FnMut(&str, u32)) {
        let Layout { width, series: of, .. } = self.layout();
        match of {
            Series::Open(family) => family.for_each(series),
            Series::Closed { combinations, first, labels } => {
                let write_nth = |n, to: &mut LabelWriter<'_>| self.write_nth(n, *combinations as usize, to);
                labels.for_each(*combinations, write_nth, |labels, n| series(labels, first + n * width));
            }
        }
    }

    /// The labels that a function has which joins the shared families.
    fn write_shared_labels(&self, to: &mut LabelWriter<'_>) {
        if self.is_shared() {
            to.label("function", &self.function);
            to.label("module", &self.location.module);
        }
    }

    fn write_nth(&self, mut n: usize, mut combinations: usize, to: &mut LabelWriter<'_>) {
        for label in self.labels {
            combinations /= (label.values)().unwrap_or(1);
            to.label(label.name, &Nth { label, n: n / combinations });
            n %= combinations;
        }
    }
}

/// The labels of one call.
struct Given<'a> {
    labels: &'static [LabelDeclaration],
    values: &'a [&'a dyn LabelValue],
}

impl Labels for Given<'_> {
    type Of<'a>
        = Given<'a>
    where
        Self: 'a;

    fn names(_to: &mut Vec<&'static str>) {}

    fn combinations() -> Option<usize> {
        None
    }

    fn index(&self) -> usize {
        0
    }

    fn write(&self, to: &mut LabelWriter<'_>) {
        for (label, value) in self.labels.iter().zip(self.values) {
            to.label(label.name, *value);
        }
    }

    fn write_nth(_n: usize, _to: &mut LabelWriter<'_>) {}
}

/// The value number `n` of a declared label.
struct Nth<'a> {
    label: &'a LabelDeclaration,
    n: usize,
}

impl LabelValue for Nth<'_> {
    fn write(&self, to: &mut ValueWriter<'_>) {
        (self.label.write_nth)(self.n, to);
    }
}

const CALLS: usize = 0;
const IN_FLIGHT: usize = 1;

impl Instrument for FunctionMetric {
    fn parts(&self) -> Vec<Part> {
        let mut labels: Vec<&'static str> = self.labels.iter().map(|label| label.name).collect();
        if self.is_shared() {
            labels.extend(["function", "module"]);
        }
        let with_outcome: Vec<_> = labels.iter().copied().chain(["outcome"]).collect();
        let what = match self.name {
            Some(_) => format!("`{}`", self.function),
            None => "annotated functions".to_owned(),
        };
        let part = |suffix, kind, unit, help, labels| Part { suffix, kind, unit, help: Some(help), labels };
        vec![
            part("", Kind::Counter, None, format!("Calls of {what}, by outcome."), with_outcome.clone()),
            part("_in_flight", Kind::Gauge, None, format!("Calls of {what} that are running."), labels),
            part(
                "_duration",
                Kind::Histogram,
                Some("seconds"),
                format!("How long calls of {what} took."),
                with_outcome,
            ),
        ]
    }

    fn overflowed(&self) -> u64 {
        match self.layout.get() {
            Some(Layout { series: Series::Open(family), .. }) => family.overflowed(),
            _ => 0,
        }
    }

    fn collect(&self, part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let bounds = &self.layout().bounds;
        let mut text = String::new();
        let mut buckets = Vec::new();
        self.for_each(|labels, slot| {
            text.clear();
            text.push_str(labels);
            self.write_shared_labels(&mut LabelWriter::new(&mut text));
            if part == IN_FLIGHT {
                return series(&text, Value::Gauge(reader.level(slot) as f64));
            }
            let prefix = text.len();
            for outcome in CallOutcome::BY_NAME {
                text.truncate(prefix);
                LabelWriter::new(&mut text).label("outcome", outcome.as_str());
                let durations = durations(slot, outcome, bounds).read(reader, &mut buckets);
                // Counted once: the calls are the observations of their durations.
                let calls = || Value::counter(durations.count());
                series(&text, if part == CALLS { calls() } else { Value::Histogram(durations) });
            }
        });
    }
}

/// The durations of the calls that ended so, of the series that starts at `slot`.
fn durations(slot: u32, outcome: CallOutcome, bounds: &[f64]) -> HistogramSeries<'_> {
    HistogramSeries::at(slot + 1 + outcome as u32 * HistogramSeries::width(bounds), bounds)
}

/// A call that is running; dropped without [`finish`](Call::finish) it panicked or was cancelled.
#[must_use = "a call that is dropped counts as cancelled"]
#[derive(Debug)]
pub struct Call {
    layout: &'static Layout,
    slot: u32,
    started: Stopwatch,
}

impl Call {
    /// Counts the call out, and gives how long it took, in seconds.
    pub fn finish(self, outcome: CallOutcome) -> f64 {
        let seconds = self.end(outcome);
        // Nothing in it is to be dropped but the call itself, which has ended.
        std::mem::forget(self);
        seconds
    }

    /// When it started.
    pub(crate) fn started(&self) -> Stopwatch {
        self.started
    }

    #[inline]
    fn end(&self, outcome: CallOutcome) -> f64 {
        let seconds = self.started.elapsed_seconds();
        shard::add_level(self.slot, -1);
        durations(self.slot, outcome, &self.layout.bounds).observe(seconds);
        seconds
    }
}

impl Drop for Call {
    #[cold]
    fn drop(&mut self) {
        self.end(CallOutcome::unfinished());
    }
}

#[cfg(test)]
mod tests {
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
