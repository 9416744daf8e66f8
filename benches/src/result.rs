//! What was measured, and what it means for the bars of a row.

use crate::row::{Against, Bar, Row};
use crate::subject::{Role, Subject};
use serde::Serialize;

/// What one way of one subject cost.
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

/// The middle one of `samples`; NaN if there are none.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => sorted[len / 2],
        len => (sorted[len / 2 - 1] + sorted[len / 2]) / 2.0,
    }
}

/// A row with so many threads, as the JSON file has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RowResult {
    pub(crate) row: &'static str,
    pub(crate) threads: usize,
    pub(crate) unit: &'static str,
    pub(crate) ops: Option<f64>,
    pub(crate) best_peer: Option<&'static str>,
    pub(crate) peer: Option<f64>,
    pub(crate) limit: Option<f64>,
    /// Each bar, whether it holds, and by what; not in the file.
    #[serde(skip)]
    pub(crate) verdicts: Vec<Verdict>,
}

/// Whether a bar holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The bar, in words.
    pub(crate) bar: String,
    /// What was reached, and whether that is enough; `None` if it was not measured.
    pub(crate) reached: Option<(f64, bool)>,
}

impl RowResult {
    /// `ops` of the row with so many threads, as found among `earlier` results.
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
        // The best first.
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
            // The worst of its ways, where there are several.
            ops: costs.iter().rfind(|(subject, _)| subject.role == Role::Ops).map(|(_, cost)| *cost),
            best_peer: peer.map(|(subject, _)| subject.name),
            peer: peer.map(|(_, cost)| *cost),
            limit: best(Role::Limit).map(|(_, cost)| *cost),
            verdicts: Vec::new(),
        };
        let named = |name: &str| costs.iter().find(|(subject, _)| subject.name == name).map(|(_, cost)| *cost);
        let bars = row.bars.iter().filter(|bar| bar.threads == threads);
        result.verdicts = bars.map(|bar| result.judge(bar, row.measure.is_rate(), &named, earlier)).collect();
        result
    }

    fn judge(&self, bar: &Bar, is_rate: bool, named: &dyn Fn(&str) -> Option<f64>, earlier: &[RowResult]) -> Verdict {
        let bound = bar.bound;
        let better = |other: Option<f64>| {
            let (ops, other) = (self.ops?, other?);
            let times = if is_rate { ops / other } else { other / ops };
            Some((times, times >= bound))
        };
        let dearer = |other: Option<f64>| {
            let times = self.ops? / other?;
            Some((times, times <= bound))
        };
        let (bar, reached) = match bar.against {
            Against::BestPeer => (format!("≥ {bound}× best peer"), better(self.peer)),
            Against::Subject(name) => (format!("≥ {bound}× {name}"), better(named(name))),
            Against::Limit => (format!("≤ {bound}× limit"), dearer(self.limit)),
            Against::AtMost(name) => (format!("≤ {bound}× {name}"), dearer(named(name))),
            Against::Row(name) => {
                let other = earlier.iter().find(|other| other.row == name && other.threads == self.threads);
                (format!("≤ {bound}× {name}"), dearer(other.and_then(|other| other.ops)))
            }
            Against::Nothing => (format!("≤ {bound} {}", self.unit), dearer(Some(1.0))),
        };
        Verdict { bar, reached }
    }
}
