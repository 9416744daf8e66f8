//! The three families of a function, as they are served.

use super::FunctionMetric;
use super::label::{LabelDeclaration, Nth};
use super::layout::{Layout, Series};
use crate::descriptor::Kind;
use crate::metric::instrument::{Instrument, Part, Value};
use crate::metric::label_writer::LabelWriter;
use crate::metric::outcome::CallOutcome;
use crate::metric::shard::Reader;

pub(super) const CALLS: usize = 0;
pub(super) const IN_FLIGHT: usize = 1;

impl Instrument for FunctionMetric {
    fn parts(&self) -> Vec<Part> {
        let mut labels: Vec<&'static str> = self.labels.iter().map(LabelDeclaration::name).collect();
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
        let layout = self.layout();
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
                let durations = layout.durations(slot, outcome).read(reader, &mut buckets);
                // Counted once: the calls are the observations of their durations.
                let calls = || Value::counter(durations.count());
                series(&text, if part == CALLS { calls() } else { Value::Histogram(durations) });
            }
        });
    }
}

impl FunctionMetric {
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
            combinations /= label.values().unwrap_or(1);
            to.label(label.name(), &Nth { label, n: n / combinations });
            n %= combinations;
        }
    }
}
