//! The metrics linked into a program, sorted by name and checked for conflicts.

use super::conflict::{Conflict, RegistryError};
use super::family::FamilyInfo;
use super::overflow;
use super::slices::MetricEntry;
use super::source::Source;
use super::{FUNCTIONS, METRICS, SPANS};
use crate::descriptor::{Location, MetricDescriptor};
use crate::diagnostics::Diagnostic;
use crate::metric::{FunctionMetric, Instrument, cell_space};
use crate::name;
use crate::trace::SpanSite;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The instruments linked into a program and their families, sorted by name.
#[derive(Debug, Default)]
pub struct LinkedMetrics {
    families: BTreeMap<String, (FamilyInfo, Vec<Source>)>,
    duplicate_functions: Vec<Diagnostic>,
    /// The cell space of static label sets, in bytes.
    static_bytes: u64,
}

/// The declaration of an instrument.
struct Declaration {
    base: String,
    descriptor: MetricDescriptor,
    instrument: &'static dyn Instrument,
    /// `true` if other declarations may share its families, distinguished by labels or summed.
    shared: bool,
}

impl LinkedMetrics {
    /// Creates a registry of these declarations, independent of their order.
    ///
    /// # Errors
    /// Returns an error that lists every conflict with its source locations, if there are any.
    pub fn new(
        metrics: &'static [MetricEntry],
        functions: &'static [FunctionMetric],
        spans: &'static [SpanSite],
    ) -> Result<LinkedMetrics, RegistryError> {
        match Self::lenient(metrics, functions, spans) {
            (registry, None) => Ok(registry),
            (_, Some(error)) => Err(error),
        }
    }

    /// Creates a registry of the metrics linked into this program.
    ///
    /// # Errors
    /// Same as [`new`](LinkedMetrics::new).
    pub fn linked() -> Result<LinkedMetrics, RegistryError> {
        Self::new(METRICS.static_slice(), FUNCTIONS.static_slice(), SPANS.static_slice())
    }

    /// Creates a registry that skips conflicting declarations, and returns the conflicts.
    pub(crate) fn linked_lenient() -> (LinkedMetrics, Option<RegistryError>) {
        Self::lenient(METRICS.static_slice(), FUNCTIONS.static_slice(), SPANS.static_slice())
    }

    fn lenient(
        metrics: &'static [MetricEntry],
        functions: &'static [FunctionMetric],
        spans: &'static [SpanSite],
    ) -> (LinkedMetrics, Option<RegistryError>) {
        let duplicate_functions = duplicate_functions(functions);
        let measured: BTreeSet<_> = functions.iter().filter_map(duration_family).collect();
        // The durations of a function that is both a metric and a span of the same name are recorded once, by outcome.
        let spans = spans.iter().filter(|span| {
            let location = span.location();
            !measured.contains(&(location, name::metric_of_span(span.name())))
        });
        let metrics = metrics.iter().map(Declaration::of_metric);
        let functions = functions.iter().map(Declaration::of_function);
        let spans = spans.map(Declaration::of_span);
        let mut declarations: Vec<_> = metrics.chain(functions).chain(spans).collect();
        declarations.sort_by(|a, b| (&a.base, a.descriptor.location).cmp(&(&b.base, b.descriptor.location)));

        let mut registry = LinkedMetrics { duplicate_functions, ..LinkedMetrics::default() };
        let mut conflicts: Vec<_> =
            declarations.into_iter().flat_map(|declaration| registry.add(declaration)).collect();
        conflicts.extend(registry.sample_conflicts());
        (registry, (!conflicts.is_empty()).then(|| RegistryError::new(conflicts)))
    }

    /// Returns the families, sorted by name.
    pub fn families(&self) -> impl Iterator<Item = &FamilyInfo> {
        self.families.values().map(|(info, _)| info)
    }

    /// Returns the family with the full name `name`, such as `orders_total`.
    pub fn family(&self, name: &str) -> Option<&FamilyInfo> {
        self.families.get(name).map(|(info, _)| info)
    }

    /// Returns diagnostics for functions with the same path.
    pub(super) fn duplicate_functions(&self) -> &[Diagnostic] {
        &self.duplicate_functions
    }

    /// Returns the families by name, with their sources.
    pub(super) fn sources(&self) -> &BTreeMap<String, (FamilyInfo, Vec<Source>)> {
        &self.families
    }

    /// Adds all families of a declaration, or none if it conflicts. Returns the conflicts.
    fn add(&mut self, declaration: Declaration) -> Vec<Conflict> {
        let Declaration { base, descriptor, instrument, shared } = declaration;
        let families: Vec<_> =
            instrument.parts().into_iter().map(|part| FamilyInfo::of(&base, &descriptor, part)).collect();
        let unused = instrument.unused_option().zip(families.first()).map(|(option, family)| Conflict::UnusedOption {
            name: family.name.clone(),
            option,
            location: descriptor.location,
        });
        let bytes = instrument.static_bytes();
        let available = cell_space().max_bytes.saturating_sub(self.static_bytes);
        let no_space = families.first().filter(|_| bytes > available).map(|family| Conflict::CellSpace {
            name: family.name.clone(),
            bytes,
            available,
            location: descriptor.location,
        });
        let clashes = families.iter().filter_map(|family| self.conflict(family, descriptor.location, shared));
        let conflicts: Vec<_> = unused.into_iter().chain(no_space).chain(clashes).collect();
        if conflicts.is_empty() {
            self.static_bytes += bytes;
            for (part, family) in families.into_iter().enumerate() {
                let (_, sources) = self.families.entry(family.name.clone()).or_insert_with(|| (family, Vec::new()));
                sources.push(Source::Linked(instrument, part));
            }
        }
        conflicts
    }

    fn conflict(&self, family: &FamilyInfo, location: Location, shared: bool) -> Option<Conflict> {
        let name = family.name.clone();
        if let Some(label) = family.repeated_label() {
            return Some(Conflict::RepeatedLabel { name, label, location });
        }
        if family.has_invalid_state_label() {
            return Some(Conflict::StateSetName { name, location });
        }
        let other = self.family(&name)?;
        let first = other.location?;
        if other.kind != family.kind {
            return Some(Conflict::Kind { name, first: (other.kind, first), second: (family.kind, location) });
        }
        if other.labels != family.labels {
            let (labels, others) = (other.labels.clone(), family.labels.clone());
            return Some(Conflict::Labels { name, first: (labels, first), second: (others, location) });
        }
        (!shared).then_some(Conflict::Duplicate { name, first, second: location })
    }

    /// Returns the conflicts of families with a common sample name, such as `x_count` of histogram `x`.
    fn sample_conflicts(&self) -> Vec<Conflict> {
        let overflow_family = overflow::info();
        let mut owners: BTreeMap<String, &FamilyInfo> = BTreeMap::new();
        let mut conflicts = Vec::new();
        for second in [&overflow_family].into_iter().chain(self.families()) {
            let mut seen: Vec<&FamilyInfo> = vec![second];
            for name in second.names() {
                let first = *owners.entry(name.clone()).or_insert(second);
                if seen.iter().any(|seen| std::ptr::eq(*seen, first)) {
                    continue;
                }
                seen.push(first);
                if let (Some(location), Some(other)) = (first.location, second.location) {
                    let (first, second) = ((first.name.clone(), location), (second.name.clone(), other));
                    conflicts.push(Conflict::Sample { name, first, second });
                }
            }
        }
        conflicts
    }
}

/// Returns the location and metric name of a function that has its own families.
fn duration_family(function: &FunctionMetric) -> Option<(Location, String)> {
    let descriptor = function.descriptor();
    (!function.is_shared()).then(|| (descriptor.location, descriptor.name.to_owned()))
}

/// Returns diagnostics for functions in the shared families with the same path.
///
/// This happens with two versions of a crate in one program.
fn duplicate_functions(functions: &'static [FunctionMetric]) -> Vec<Diagnostic> {
    let mut paths: BTreeMap<(&str, Cow<'_, str>), BTreeSet<Location>> = BTreeMap::new();
    for function in functions.iter().filter(|function| function.is_shared()) {
        let location = function.descriptor().location;
        paths.entry((location.module, function.function())).or_default().insert(location);
    }
    let pairs = paths.into_iter().flat_map(|((module, function), locations)| {
        let mut locations = locations.into_iter();
        let first = locations.next();
        locations.filter_map(move |second| {
            let (function, module) = (function.to_string(), module.to_owned());
            Some(Diagnostic::DuplicateFunction { function, module, first: first?, second })
        })
    });
    pairs.collect()
}

impl Declaration {
    fn of_metric(entry: &'static MetricEntry) -> Self {
        let MetricEntry { descriptor, instrument } = *entry;
        Declaration { base: descriptor.name.to_owned(), descriptor, instrument, shared: false }
    }

    fn of_function(function: &'static FunctionMetric) -> Self {
        let descriptor = function.descriptor();
        let base = descriptor.name.to_owned();
        Declaration { base, descriptor, instrument: function, shared: function.is_shared() }
    }

    fn of_span(site: &'static SpanSite) -> Self {
        let descriptor = MetricDescriptor::new(site.name(), "", None, site.location());
        Declaration { base: name::metric_of_span(site.name()), descriptor, instrument: site, shared: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Counter, Gauge, Histogram, InstrumentOptions, LabelDeclaration, StateSet};
    use std::time::Duration;

    static COUNTER: Counter = Counter::new();
    static GAUGE: Gauge = Gauge::new();
    static HISTOGRAM: Histogram = Histogram::new();

    const fn at_line(line: u32) -> Location {
        Location::new("app.rs", line, "app", "app")
    }

    const fn entry(name: &'static str, line: u32, instrument: &'static dyn Instrument) -> MetricEntry {
        MetricEntry::new(MetricDescriptor::new(name, "", None, at_line(line)), instrument)
    }

    #[test]
    fn families_are_sorted_by_name() {
        static METRICS: [MetricEntry; 2] = [entry("queue_depth", 1, &GAUGE), entry("orders", 2, &COUNTER)];
        static SPANS: [SpanSite; 1] = [SpanSite::new("order.place", at_line(3))];
        let registry = LinkedMetrics::new(&METRICS, &[], &SPANS).unwrap();
        let names: Vec<_> = registry.families().map(|family| family.name.as_str()).collect();
        assert_eq!(names, ["order_place_duration_seconds", "orders_total", "queue_depth"]);
    }

    #[test]
    fn error_lists_every_conflict_with_both_locations() {
        static METRICS: [MetricEntry; 8] = [
            entry("jobs", 3, &COUNTER),
            entry("jobs", 9, &COUNTER),
            entry("depth", 4, &GAUGE),
            entry("depth", 5, &HISTOGRAM),
            entry("size", 6, &HISTOGRAM),
            entry("size_count", 7, &GAUGE),
            entry("sent_bytes", 8, &GAUGE),
            entry("sent_bytes_total", 9, &COUNTER),
        ];
        static FUNCTIONS: [FunctionMetric; 2] = [
            FunctionMetric::new(Some("pay"), "pay", "", at_line(20)).labels(&[LabelDeclaration::dynamic("tenant")]),
            FunctionMetric::new(Some("pay"), "pay", "", at_line(30)),
        ];
        let error = LinkedMetrics::new(&METRICS, &FUNCTIONS, &[]).unwrap_err();
        assert_eq!(
            error.to_string().lines().collect::<Vec<_>>(),
            [
                "duplicate metric `depth`: declared as gauge at app.rs:4 and as histogram at app.rs:5; rename one with \
                 `name = \"..\"`",
                "duplicate metric `jobs_total`: declared at app.rs:3 and at app.rs:9; rename one with `name = \"..\"`",
                "duplicate metric `pay_total`: declared with the labels `tenant`, `outcome` at app.rs:20 and with the \
                 labels `outcome` at app.rs:30; rename one with `name = \"..\"`",
                "duplicate metric `pay_in_flight`: declared with the labels `tenant` at app.rs:20 and with no labels at \
                 app.rs:30; rename one with `name = \"..\"`",
                "duplicate metric `pay_duration_seconds`: declared with the labels `tenant`, `outcome` at app.rs:20 and \
                 with the labels `outcome` at app.rs:30; rename one with `name = \"..\"`",
                "conflicting metrics `sent_bytes` at app.rs:8 and `sent_bytes_total` at app.rs:9: both have samples named \
                 `sent_bytes`; rename one with `name = \"..\"`",
                "conflicting metrics `size` at app.rs:6 and `size_count` at app.rs:7: both have samples named \
                 `size_count`; rename one with `name = \"..\"`",
            ]
        );
    }

    #[test]
    fn rejects_options_of_statics_without_effect() {
        static BOUNDED: Counter = Counter::with_options(InstrumentOptions::new().max_series(10));
        static EXPIRING: Gauge<Flag> = Gauge::with_options(InstrumentOptions::new().ttl(Duration::from_secs(60)));
        static DYNAMIC: Counter<Path<'static>> = Counter::with_options(InstrumentOptions::new().max_series(10));
        // A static label set with more series than fit in a segment of cells.
        static MANY: Histogram<Eight> = Histogram::with_options(InstrumentOptions::new().max_series(10));
        static METRICS: [MetricEntry; 4] = [
            entry("bounded", 1, &BOUNDED),
            entry("expiring", 2, &EXPIRING),
            entry("dynamic", 3, &DYNAMIC),
            entry("many", 4, &MANY),
        ];
        let error = LinkedMetrics::new(&METRICS, &[], &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "option `max_series` of `bounded_total` at app.rs:1 has no effect: its label set is static, so all its series \
             exist from the start; remove the option\n\
             option `ttl` of `expiring` at app.rs:2 has no effect: its label set is static, so all its series exist from \
             the start; remove the option\n\
             option `max_series` of `many` at app.rs:4 has no effect: its label set is static, so all its series exist \
             from the start; remove the option"
        );
    }

    #[test]
    fn rejects_options_of_functions_without_effect() {
        const DYNAMIC: &[LabelDeclaration] = &[LabelDeclaration::dynamic("path")];
        const STATIC: &[LabelDeclaration] = &[LabelDeclaration::of::<bool>("on")];
        const MANY: &[LabelDeclaration] = &[LabelDeclaration::of::<bool>("on"); 12];
        const fn function(name: &'static str, line: u32, labels: &'static [LabelDeclaration]) -> FunctionMetric {
            FunctionMetric::new(Some(name), name, "", at_line(line)).labels(labels).max_series(10)
        }
        static EFFECTIVE: [FunctionMetric; 2] =
            [function("dynamic", 1, DYNAMIC), function("results", 2, STATIC).result_labels(&["status"])];
        LinkedMetrics::new(&[], &EFFECTIVE, &[]).unwrap();
        static UNUSED: [FunctionMetric; 2] = [function("none", 3, &[]), function("static", 4, STATIC)];
        let error = LinkedMetrics::new(&[], &UNUSED, &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "option `max_series` of `none_total` at app.rs:3 has no effect: its label set is static, so all its series \
             exist from the start; remove the option\n\
             option `max_series` of `static_total` at app.rs:4 has no effect: its label set is static, so all its series \
             exist from the start; remove the option"
        );
        assert_eq!(
            function("many", 5, MANY).unused_option(),
            Some("max_series"),
            "static regardless of the number of series"
        );
    }

    #[derive(ops_core::Labels)]
    struct Path<'a> {
        path: &'a str,
    }

    #[derive(ops_core::Labels)]
    struct Flag {
        on: bool,
    }

    #[derive(ops_core::Labels)]
    struct Eight {
        a: Option<bool>,
        b: Option<bool>,
        c: Option<bool>,
        d: Option<bool>,
        e: Option<bool>,
        f: Option<bool>,
        g: Option<bool>,
        h: Option<bool>,
    }

    #[derive(ops_core::LabelValue, Clone, Copy)]
    enum Mode {
        On,
    }

    #[test]
    fn rejects_a_state_set_label_with_the_name_of_the_family() {
        static MODE: StateSet<Mode, Path<'static>> = StateSet::new();
        static METRICS: [MetricEntry; 1] = [entry("path", 1, &MODE)];
        MODE.with(&Path { path: "/" }).set(Mode::On);
        assert_eq!(
            LinkedMetrics::new(&METRICS, &[], &[]).unwrap_err().to_string(),
            "duplicate label `path` of `path` at app.rs:1: label names must be unique; rename one with `#[label(rename)]`"
        );
    }

    #[test]
    fn rejects_a_state_set_whose_name_is_not_a_label_name() {
        static MODE: StateSet<Mode> = StateSet::new();
        static METRICS: [MetricEntry; 2] = [entry("shop:mode", 1, &MODE), entry("shop.mode", 2, &MODE)];
        assert_eq!(
            LinkedMetrics::new(&METRICS, &[], &[]).unwrap_err().to_string(),
            "invalid state set name `shop:mode` at app.rs:1: it is also the label name of the states, which must not \
             contain `:` or start with `__`; rename it with `name = \"..\"`"
        );
    }

    #[test]
    fn rejects_the_name_of_a_self_metric() {
        static METRICS: [MetricEntry; 1] = [entry("ops_metric_overflow", 1, &COUNTER)];
        let error = LinkedMetrics::new(&METRICS, &[], &[]).unwrap_err().to_string();
        assert!(error.contains("`ops_metric_overflow_total`"), "{error}");
    }

    #[test]
    fn reports_functions_with_the_same_path() {
        static FUNCTIONS: [FunctionMetric; 4] = [
            FunctionMetric::new(None, "run", "", Location::new("src/jobs.rs", 3, "app::jobs", "app")),
            FunctionMetric::new(None, "run", "", Location::new("../app-1.0/src/jobs.rs", 3, "app::jobs", "app")),
            FunctionMetric::new(None, "stop", "", at_line(5)),
            FunctionMetric::new(Some("run"), "run", "", Location::new("src/jobs.rs", 9, "app::jobs", "app")),
        ];
        let reported = duplicate_functions(&FUNCTIONS);
        assert_eq!(
            reported.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "cannot distinguish calls of `run` in `app::jobs` at ../app-1.0/src/jobs.rs:3 and at src/jobs.rs:3: both have \
                 the same path, so their calls are summed; name each with `#[metric(name = \"..\")]`"
            ]
        );
    }

    #[test]
    fn function_shares_its_histogram_with_its_span_of_the_same_name() {
        static FUNCTIONS: [FunctionMetric; 1] = [FunctionMetric::new(Some("redis_command"), "call", "", at_line(3))];
        static SPANS: [SpanSite; 1] = [SpanSite::new("redis.command", at_line(3))];
        let registry = LinkedMetrics::new(&[], &FUNCTIONS, &SPANS).unwrap();
        let labels = &registry.family("redis_command_duration_seconds").unwrap().labels;
        assert_eq!((labels, registry.families().count()), (&vec!["outcome"], 3));
    }

    #[test]
    fn rejects_a_function_and_the_span_of_another_with_the_same_name() {
        static FUNCTIONS: [FunctionMetric; 1] = [FunctionMetric::new(Some("redis_command"), "call", "", at_line(3))];
        static SPANS: [SpanSite; 1] = [SpanSite::new("redis.command", at_line(9))];
        let error = LinkedMetrics::new(&[], &FUNCTIONS, &SPANS).unwrap_err().to_string();
        assert!(error.contains("`redis_command_duration_seconds`: declared with the labels"), "{error}");
    }

    #[test]
    fn unnamed_functions_and_spans_of_one_name_share_families() {
        static FUNCTIONS: [FunctionMetric; 2] =
            [FunctionMetric::new(None, "a", "", at_line(1)), FunctionMetric::new(None, "b", "", at_line(2))];
        static SPANS: [SpanSite; 2] = [SpanSite::new("db.query", at_line(3)), SpanSite::new("db.query", at_line(4))];
        let registry = LinkedMetrics::new(&[], &FUNCTIONS, &SPANS).unwrap();
        let sources = registry.sources().values().map(|(info, sources)| (info.name.as_str(), sources.len()));
        assert_eq!(
            sources.collect::<Vec<_>>(),
            [
                ("db_query_duration_seconds", 2),
                ("function_calls_duration_seconds", 2),
                ("function_calls_in_flight", 2),
                ("function_calls_total", 2),
            ]
        );
    }
}
