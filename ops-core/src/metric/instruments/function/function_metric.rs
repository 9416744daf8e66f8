//! Metrics of one annotated function: calls by outcome, durations and calls in flight.

use super::call::Call;
use super::call_options::CallOptions;
use super::function_path::{PathInside, path_of, qualified};
use super::label_declaration::{CallLabels, LabelDeclaration, NthValue};
use super::layout::{CallLayout, Series};
use super::outcome_cells::OutcomeCells;
use super::outcome_samples::{Origin, OutcomeSamples};
use crate::descriptor::{Here, Location, MetricDescriptor, MetricKind};
use crate::metric::buckets::{Buckets, DurationBuckets};
use crate::metric::cells::{CellRef, Reader};
use crate::metric::instrument::{Instrument, Part};
use crate::metric::labels::{LabelValue, LabelWriter};
use crate::metric::series::{DynamicFamily, SeriesCells};
use crate::metric::value::Value;
use std::borrow::Cow;
use std::mem::ManuallyDrop;
use std::panic;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering, fence};
use std::time::Duration;

/// Name of the families shared by all functions that do not set `name`.
pub(crate) const SHARED_NAME: &str = "function_calls";

/// The metrics of one annotated function, as created by `#[metric]`.
#[derive(Debug)]
pub struct FunctionMetric {
    name: Option<&'static str>,
    function: &'static str,
    /// Path of an item inside the function, from which the type of a method is parsed.
    path_inside: Option<PathInside>,
    help: &'static str,
    location: Location,
    options: CallOptions,
    /// Default `max_series` of the registry; 0 if unset.
    default_max_series: AtomicU32,
    // Initialized on the first call or scrape. Small constants without drop glue keep compile times low.
    layout: ManuallyDrop<OnceLock<CallLayout>>,
}

#[expect(clippy::declare_interior_mutable_const, reason = "a template: each function metric is a separate copy")]
const EMPTY: FunctionMetric = FunctionMetric {
    name: None,
    function: "",
    path_inside: None,
    help: "",
    location: Location::new("", 0, "", ""),
    options: CallOptions::new(),
    default_max_series: AtomicU32::new(0),
    layout: ManuallyDrop::new(OnceLock::new()),
};

/// Constructors of function metrics, called by macro expansions.
// Defined here because `descriptor` does not depend on `metric`.
impl Here {
    /// Creates the metrics of `function`, declared at the caller's location in `module` of `package`.
    ///
    /// The families are called `name`; without a name, the shared families are used.
    #[track_caller]
    pub const fn function(
        self,
        name: Option<&'static str>,
        function: &'static str,
        help: &'static str,
        module: &'static str,
        package: &'static str,
    ) -> FunctionMetric {
        let caller = panic::Location::caller();
        let location = Location { file: caller.file(), line: caller.line(), module, package };
        FunctionMetric { name, function, help, location, ..EMPTY }
    }

    /// Creates the metrics of `function` in the shared families, declared at the caller's location.
    ///
    /// `T` is a type defined inside the function, such as a closure, whose path contains that of the function.
    #[track_caller]
    pub const fn shared_function<T>(
        self,
        _inside: &T,
        function: &'static str,
        help: &'static str,
        module: &'static str,
        package: &'static str,
    ) -> FunctionMetric {
        let caller = panic::Location::caller();
        let location = Location { file: caller.file(), line: caller.line(), module, package };
        FunctionMetric { path_inside: Some(path_of::<T>()), function, help, location, ..EMPTY }
    }
}

impl FunctionMetric {
    /// Creates the metrics of `function` in families called `name`, or else in the shared families.
    pub const fn new(
        name: Option<&'static str>,
        function: &'static str,
        help: &'static str,
        location: Location,
    ) -> Self {
        FunctionMetric { name, function, help, location, ..EMPTY }
    }

    /// Declares the labels of each call.
    #[must_use]
    pub const fn labels(mut self, labels: &'static [LabelDeclaration]) -> Self {
        self.options.labels = labels;
        self
    }

    /// Sets the names of the labels computed from the returned value.
    ///
    /// The call counter and the duration histogram have them; the in-flight gauge does not.
    #[must_use]
    pub const fn result_labels(mut self, names: &'static [&'static str]) -> Self {
        self.options.result_labels = names;
        self
    }

    /// Sets the duration buckets, in seconds.
    #[must_use]
    pub const fn buckets(mut self, buckets: Buckets) -> Self {
        self.options.durations = DurationBuckets::Declared(buckets);
        self
    }

    /// Disables the duration histogram if `are_recorded` is `false`; `true` changes nothing.
    #[must_use]
    pub const fn durations(mut self, are_recorded: bool) -> Self {
        if !are_recorded {
            self.options.durations = DurationBuckets::Off;
        }
        self
    }

    /// Sets the maximum number of series of a dynamic label set.
    ///
    /// Calls with further label values go to the overflow series, `ops_overflow="true"`. The default is
    /// [that of the registry](crate::Metrics::set_default_max_series), initially 2,000.
    #[must_use]
    pub const fn max_series(mut self, series: u32) -> Self {
        self.options.series.max_series = Some(series);
        self
    }

    /// Sets the idle time after which a series of a dynamic label set is removed.
    ///
    /// A series with a running call never expires.
    #[must_use]
    pub const fn ttl(mut self, idle: Duration) -> Self {
        self.options.series.ttl = Some(idle);
        self
    }

    /// Starts a call without labels. The returned guard records its end.
    // Not inlined, like the functions that end a call, so that an annotated function grows by two calls only.
    pub fn enter(&'static self) -> Call {
        let layout = self.layout();
        match &layout.series {
            Series::Static { first, .. } => Call::begin(layout, CellRef::permanent(*first), None),
            Series::Dynamic(_) => self.enter_with(&[]),
        }
    }

    /// Starts a call with the values of the declared labels. The returned guard records its end.
    pub fn enter_with(&'static self, values: &[&dyn LabelValue]) -> Call {
        let layout = self.layout();
        let labels = if values.is_empty() { None } else { layout.labels_for_results(values) };
        let cells = match &layout.series {
            Series::Static { first, stride, .. } => CellRef::permanent(first + self.index(values) as u32 * stride),
            Series::Dynamic(family) => self.dynamic_cells(layout, family, values),
        };
        Call::begin(layout, cells, labels)
    }

    #[inline(never)]
    fn dynamic_cells(&self, layout: &CallLayout, family: &DynamicFamily, values: &[&dyn LabelValue]) -> CellRef {
        family.cells(&CallLabels { labels: self.options.labels, values }, &layout.cells)
    }

    pub(crate) fn descriptor(&self) -> MetricDescriptor {
        MetricDescriptor::new(self.name.unwrap_or(SHARED_NAME), self.help, None, self.location)
    }

    pub(crate) fn function(&self) -> Cow<'static, str> {
        match self.path_inside {
            Some(inside) => qualified(self.function, inside()),
            None => Cow::Borrowed(self.function),
        }
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.name.is_none()
    }

    fn index(&self, values: &[&dyn LabelValue]) -> usize {
        let digits = self.options.labels.iter().zip(values);
        digits.fold(0, |index, (label, value)| index * label.values().unwrap_or(1) + value.index())
    }

    #[inline]
    pub(super) fn layout(&self) -> &CallLayout {
        match self.layout.get() {
            Some(layout) => layout,
            None => self.lay_out(Buckets::SECONDS),
        }
    }

    /// Initializes the layout, using `default` if neither the function nor its package declares buckets.
    #[cold]
    fn lay_out(&self, default: Buckets) -> &CallLayout {
        let layout = self.layout.get_or_init(|| {
            let buckets = self.options.durations.resolve(self.location, default);
            CallLayout::new(self.function(), &self.options, buckets)
        });
        // This thread has published the layout and now loads the default; `set_default_max_series` stores the default, then loads
        // the layout. With a sequentially consistent fence between store and load on both sides, at least one of the two threads
        // observes the other's store.
        fence(Ordering::SeqCst);
        match self.default_max_series.load(Ordering::Relaxed) {
            0 => {}
            max_series => layout.set_default_max_series(max_series),
        }
        layout
    }

    /// Calls `series` with the labels and the cells of each series.
    fn for_each(&self, mut series: impl FnMut(&str, SeriesCells)) {
        let CallLayout { cells, series: kind, .. } = self.layout();
        match kind {
            Series::Dynamic(family) => family.for_each(cells, series),
            Series::Static { slots, .. } if slots.found_no_space() => {}
            Series::Static { combinations, first, stride, labels, .. } => {
                let write_nth = |n, to: &mut LabelWriter<'_>| self.write_nth(n, *combinations as usize, to);
                labels.for_each(*combinations, &write_nth, |labels, n| {
                    series(labels, SeriesCells::new(CellRef::permanent(first + n * stride)));
                });
            }
        }
    }

    /// Writes the labels `function` and `module` if the function uses the shared families.
    fn write_shared_labels(&self, to: &mut LabelWriter<'_>) {
        if self.is_shared() {
            to.label("function", &*self.layout().function);
            to.label("module", &self.location.module);
        }
    }

    fn write_nth(&self, mut n: usize, mut combinations: usize, to: &mut LabelWriter<'_>) {
        for label in self.options.labels {
            combinations /= label.values().unwrap_or(1);
            to.label(label.name(), &NthValue { label, n: n / combinations });
            n %= combinations;
        }
    }
}

/// Index of the call counter in [`Instrument::parts`].
const CALLS: usize = 0;
/// Index of the in-flight gauge. The duration histogram, if enabled, is the last part.
const IN_FLIGHT: usize = 1;

impl Instrument for FunctionMetric {
    fn parts(&self) -> Vec<Part> {
        let mut labels: Vec<&'static str> = self.options.labels.iter().map(LabelDeclaration::name).collect();
        if self.is_shared() {
            labels.extend(["function", "module"]);
        }
        let results = self.options.result_labels.iter().copied();
        let with_outcome: Vec<_> = labels.iter().copied().chain(results).chain(["outcome"]).collect();
        let subject = match self.name {
            Some(_) => format!("`{}`", self.function),
            None => "annotated functions".to_owned(),
        };
        let part = |suffix, kind, unit, help, labels| Part { suffix, kind, unit, help: Some(help), labels };
        let mut parts = vec![
            part("", MetricKind::Counter, None, format!("Calls of {subject}, by outcome."), with_outcome.clone()),
            part("_in_flight", MetricKind::Gauge, None, format!("Calls of {subject} in flight."), labels),
            part(
                "_duration",
                MetricKind::Histogram,
                Some("seconds"),
                format!("Duration of calls of {subject}, by outcome."),
                with_outcome,
            ),
        ];
        if self.options.durations == DurationBuckets::Off {
            parts.pop();
        }
        parts
    }

    fn set_default_max_series(&self, max_series: u32) {
        self.default_max_series.store(max_series, Ordering::Relaxed);
        // Pairs with the fence in `lay_out`.
        fence(Ordering::SeqCst);
        if let Some(layout) = self.layout.get() {
            layout.set_default_max_series(max_series);
        }
    }

    fn set_default_duration_buckets(&self, buckets: Buckets) {
        self.lay_out(buckets);
    }

    fn overflowed(&self) -> u64 {
        self.layout.get().map_or(0, CallLayout::overflowed)
    }

    fn has_unique_series(&self) -> bool {
        let CallLayout { series, results, .. } = self.layout();
        match series {
            // A result series without result label values has the same labels as the series of the declared labels.
            _ if results.is_some() => false,
            Series::Dynamic(_) => true,
            Series::Static { slots, .. } if slots.found_no_space() => true,
            Series::Static { combinations, labels, .. } => {
                labels.are_unique(*combinations, &|n, to| self.write_nth(n, *combinations as usize, to))
            }
        }
    }

    fn unused_option(&self) -> Option<&'static str> {
        let option = self.options.series.declared_option().filter(|_| self.options.result_labels.is_empty())?;
        self.options.static_combinations().map(|_| option)
    }

    fn found_no_space(&self) -> bool {
        self.layout.get().is_some_and(CallLayout::found_no_space)
    }

    fn static_bytes(&self) -> u64 {
        // Called before the program sets its default buckets, so the layout must not be initialized yet.
        let outcomes = OutcomeCells::new(self.options.durations.resolve(self.location, Buckets::SECONDS));
        self.options.static_bytes(&outcomes)
    }

    fn collect(&self, part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let layout = self.layout();
        layout.expire(reader);
        let mut text = String::new();
        let mut outcomes = OutcomeSamples::new(layout, reader, part == CALLS);
        self.for_each(|labels, entry| {
            text.clear();
            text.push_str(labels);
            self.write_shared_labels(&mut LabelWriter::new(&mut text));
            if part == IN_FLIGHT {
                return series(&text, Value::Gauge(reader.level(entry.cells) as f64));
            }
            let finished = SeriesCells { cells: layout.finished(entry.cells), ..entry };
            outcomes.for_each(Origin::Declared, &mut text, finished, series);
        });
        if let Some(results) = layout.results.as_ref().filter(|_| part != IN_FLIGHT) {
            results.for_each(|labels, finished| {
                text.clear();
                text.push_str(labels);
                outcomes.for_each(Origin::Result, &mut text, finished, series);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{CallOutcome, Number};
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
    fn counts_each_call_once_by_outcome_and_leaves_none_in_flight() {
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
    fn static_label_sets_exist_from_the_start_and_dynamic_ones_on_first_use() {
        static STATIC: FunctionMetric = FunctionMetric::new(Some("f"), "f", "", HERE)
            .labels(&[LabelDeclaration::of::<bool>("a"), LabelDeclaration::of::<Option<bool>>("b")]);
        static DYNAMIC: FunctionMetric =
            FunctionMetric::new(Some("g"), "g", "", HERE).labels(&[LabelDeclaration::dynamic("a")]);
        assert_eq!(counters(&STATIC).len(), 6 * 5);
        STATIC.enter_with(&[&true, &Some(false)]).finish(CallOutcome::Ok);
        assert!(counters(&STATIC).contains(&r#"calls{a="true",b="false",outcome="ok"} 1"#.to_owned()));
        assert_eq!(counters(&DYNAMIC), [""; 0]);
        DYNAMIC.enter_with(&[&"x"]).finish(CallOutcome::Ok);
        assert!(counters(&DYNAMIC).contains(&r#"calls{a="x",outcome="ok"} 1"#.to_owned()));
    }

    #[test]
    fn label_values_of_different_types_with_equal_text_share_a_series() {
        #[derive(ops_core::LabelValue, Clone, Copy)]
        enum Fruit {
            Apple,
        }
        #[derive(ops_core::LabelValue, Clone, Copy)]
        enum Tool {
            Hammer,
            Apple,
        }
        static METRIC: FunctionMetric =
            FunctionMetric::new(Some("h"), "h", "", HERE).labels(&[LabelDeclaration::dynamic("kind")]);
        let values: [&dyn LabelValue; 9] =
            [&Fruit::Apple, &Tool::Hammer, &Tool::Apple, &7_u8, &7_i64, &"7", &'7', &-1_i32, &u32::MAX];
        values.iter().for_each(|value| _ = METRIC.enter_with(&[*value]).finish(CallOutcome::Ok));
        let ok = counters(&METRIC).into_iter().filter(|line| line.contains("\"ok\""));
        assert_eq!(
            ok.collect::<Vec<_>>(),
            [
                r#"calls{kind="-1",outcome="ok"} 1"#,
                r#"calls{kind="4294967295",outcome="ok"} 1"#,
                r#"calls{kind="7",outcome="ok"} 4"#,
                r#"calls{kind="apple",outcome="ok"} 2"#,
                r#"calls{kind="hammer",outcome="ok"} 1"#,
            ]
        );
    }

    #[test]
    fn empty_and_absent_label_values_share_a_series() {
        static METRIC: FunctionMetric =
            FunctionMetric::new(Some("i"), "i", "", HERE).labels(&[LabelDeclaration::dynamic("a")]);
        METRIC.enter_with(&[&None::<&str>]).finish(CallOutcome::Ok);
        METRIC.enter_with(&[&Some("")]).finish(CallOutcome::Ok);
        METRIC.enter_with(&[&String::new()]).finish(CallOutcome::Ok);
        assert!(counters(&METRIC).contains(&r#"calls{outcome="ok"} 3"#.to_owned()), "{:?}", counters(&METRIC));
    }
}
