//! Measurements, aggregated results, and the evaluation of performance targets.

use crate::row::{Comparison, Row, Target};
use crate::subject::{Role, Subject};
use serde::Serialize;

/// Samples of one variant of a subject.
pub(crate) struct Measurement {
    pub(crate) subject: &'static Subject,
    pub(crate) call: &'static str,
    pub(crate) threads: usize,
    pub(crate) samples: Vec<f64>,
}

impl Measurement {
    pub(crate) fn new(subject: &'static Subject, call: &'static str, threads: usize) -> Self {
        Measurement { subject, call, threads, samples: Vec::new() }
    }

    pub(crate) fn median(&self) -> f64 {
        median(&self.samples)
    }
}

/// Returns the median of `samples`, NaN if it is empty.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => sorted[len / 2],
        len => (sorted[len / 2 - 1] + sorted[len / 2]) / 2.0,
    }
}

/// The aggregated result of a row for one number of threads, as written by `--json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RowResult {
    pub(crate) row: &'static str,
    pub(crate) threads: usize,
    pub(crate) unit: &'static str,
    pub(crate) ops: Option<f64>,
    pub(crate) best_peer: Option<&'static str>,
    pub(crate) peer: Option<f64>,
    pub(crate) limit: Option<f64>,
    /// Evaluated targets; not serialized.
    #[serde(skip)]
    pub(crate) verdicts: Vec<Verdict>,
}

/// The evaluation of one target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// Target as text, such as `≥ 2× best peer`.
    pub(crate) target: String,
    /// Reached value, and `true` if it meets the target; `None` if it was not measured.
    pub(crate) reached: Option<(f64, bool)>,
}

impl RowResult {
    /// Aggregates `measurements` and evaluates the targets of the row.
    ///
    /// `earlier` contains the results of preceding rows, for targets relative to another row.
    pub(crate) fn new(
        row: &'static Row,
        threads: usize,
        measurements: &[Measurement],
        earlier: &[RowResult],
    ) -> RowResult {
        let mut costs: Vec<(&'static Subject, f64)> = measurements
            .iter()
            .filter(|measurement| measurement.threads == threads && !measurement.samples.is_empty())
            .map(|measurement| (measurement.subject, measurement.median()))
            .collect();
        // Best first.
        costs.sort_by(|(_, left), (_, right)| left.total_cmp(right));
        if row.measure.is_rate() {
            costs.reverse();
        }
        let best = |role| costs.iter().find(|(subject, _)| subject.role == role);
        let peer = best(Role::Peer);
        let mut result = RowResult {
            row: row.name,
            threads,
            unit: row.measure.unit(),
            // `ops` is represented by its slowest variant.
            ops: costs.iter().rfind(|(subject, _)| subject.role == Role::Ops).map(|(_, cost)| *cost),
            best_peer: peer.map(|(subject, _)| subject.name),
            peer: peer.map(|(_, cost)| *cost),
            limit: best(Role::Limit).map(|(_, cost)| *cost),
            verdicts: Vec::new(),
        };
        let named = |name: &str| costs.iter().find(|(subject, _)| subject.name == name).map(|(_, cost)| *cost);
        let targets = row.targets.iter().filter(|target| target.threads == threads);
        result.verdicts =
            targets.map(|target| result.evaluate(target, row.measure.is_rate(), &named, earlier)).collect();
        result
    }

    fn evaluate(
        &self,
        target: &Target,
        is_rate: bool,
        named: &dyn Fn(&str) -> Option<f64>,
        earlier: &[RowResult],
    ) -> Verdict {
        let bound = target.bound;
        let at_least = |other: Option<f64>| {
            let (ops, other) = (self.ops?, other?);
            let times = if is_rate { ops / other } else { other / ops };
            Some((times, times >= bound))
        };
        let at_most = |other: Option<f64>| {
            let times = self.ops? / other?;
            Some((times, times <= bound))
        };
        let (target, reached) = match target.comparison {
            Comparison::BestPeer => (format!("≥ {bound}× best peer"), at_least(self.peer)),
            Comparison::Subject(name) => (format!("≥ {bound}× {name}"), at_least(named(name))),
            Comparison::Limit => (format!("≤ {bound}× limit"), at_most(self.limit)),
            Comparison::SubjectCost(name) => (format!("≤ {bound}× {name}"), at_most(named(name))),
            Comparison::Row(name) => {
                let other = earlier.iter().find(|other| other.row == name && other.threads == self.threads);
                (format!("≤ {bound}× {name}"), at_most(other.and_then(|other| other.ops)))
            }
            Comparison::Absolute => (format!("≤ {bound} {}", self.unit), at_most(Some(1.0))),
        };
        Verdict { target, reached }
    }
}
