//! Runs the measurements of a row.

use crate::child;
use crate::measures::{compile, operation};
use crate::progress::Progress;
use crate::result::Measurement;
use crate::row::{Measure, Probe, Row};
use crate::subject::{Role, Subject};
use crate::subjects::SUBJECTS;

/// Measures every subject of a row once per round.
pub(crate) fn run(row: &Row, rounds: usize, progress: &Progress) -> Vec<Measurement> {
    match row.measure {
        Measure::Operation => operation::measure(row, rounds, progress),
        Measure::CompileTime(cost) => compile::measure(row, cost, rounds, progress),
        _ => in_children(row, rounds, progress),
    }
}

/// Measures each subject in a child process; every round measures all subjects in turn.
fn in_children(row: &Row, rounds: usize, progress: &Progress) -> Vec<Measurement> {
    let subjects = SUBJECTS.iter().filter(|subject| takes_part(row, subject));
    let mut measurements: Vec<_> = subjects.map(|subject| Measurement::new(subject, "", 1)).collect();
    for round in 1..=rounds {
        for measurement in &mut measurements {
            let subject = measurement.subject.name;
            progress.show(row.name, &format!("round {round} of {rounds}: {subject}"));
            measurement.samples.extend(child::measure(row.name, subject));
        }
    }
    measurements
}

/// Returns `true` if `subject` is measured in `row`.
///
/// The limit of the health rows is bare hyper, measured for throughput only. The text limit has no index and no
/// representative memory layout, so it is excluded from the memory and insertion rows. In `lookup_while_inserting`,
/// its figure is the noise of the machine.
fn takes_part(row: &Row, subject: &Subject) -> bool {
    match (row.measure, subject.role) {
        (Measure::Health(probe), Role::Limit) => probe == Probe::Rate,
        (Measure::Health(_) | Measure::Lifecycle(_), role) => role == Role::Ops,
        (Measure::Encode(_) | Measure::Http(_) | Measure::LookupWhileInserting(_), _) => subject.exporter.is_some(),
        (_, role) => subject.exporter.is_some() && role != Role::Limit,
    }
}
