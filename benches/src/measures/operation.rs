//! Measures operations repeated in a loop, on one thread and on two concurrent threads.

use super::processor;
use crate::progress::Progress;
use crate::result::Measurement;
use crate::row::Row;
use crate::subject::{Operation, Subject, Variant};
use crate::subjects::SUBJECTS;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

/// Approximate duration of one measurement on one thread.
const TARGET: Duration = Duration::from_millis(20);

/// A prepared variant of a subject.
struct Candidate {
    subject: &'static Subject,
    variant: &'static Variant,
    operation: Operation,
    times: u64,
}

/// Measures every variant of every subject once per round.
///
/// Interleaving the variants distributes load from other processes evenly.
pub(crate) fn measure(row: &Row, rounds: usize, progress: &Progress) -> Vec<Measurement> {
    progress.show(row.name, "preparing");
    let variants = SUBJECTS.iter().flat_map(|subject| subject.variants.iter().map(move |variant| (subject, variant)));
    let candidates: Vec<Candidate> =
        variants.filter(|(_, variant)| variant.row == row.name).filter_map(prepare).collect();
    let mut measurements: Vec<[Measurement; 2]> = candidates
        .iter()
        .map(|candidate| [1, 2].map(|threads| Measurement::new(candidate.subject, candidate.variant.call, threads)))
        .collect();
    for round in 1..=rounds {
        progress.show(row.name, &format!("round {round} of {rounds}"));
        for (candidate, [one, two]) in candidates.iter().zip(&mut measurements) {
            one.samples.push(on_one_thread(&candidate.operation, candidate.times));
            candidate.operation.settle();
            two.samples.push(on_two_threads(&candidate.operation, candidate.times / 2 + 1));
            candidate.operation.settle();
        }
    }
    measurements.into_iter().flatten().collect()
}

/// Prepares a variant and calibrates its number of repetitions for [`TARGET`].
fn prepare((subject, variant): (&'static Subject, &'static Variant)) -> Option<Candidate> {
    let operation = (variant.prepare)();
    if !operation.is_valid() {
        return None;
    }
    operation.repeat(200);
    let mut times = 500;
    loop {
        let took = on_one_thread(&operation, times) * times as f64;
        operation.settle();
        if took > 2e6 {
            let times = (times as f64 * TARGET.as_nanos() as f64 / took) as u64;
            return Some(Candidate { subject, variant, operation, times });
        }
        times *= 4;
    }
}

/// Returns the CPU time per repetition on this thread, in nanoseconds.
fn on_one_thread(operation: &Operation, times: u64) -> f64 {
    let started = processor::time();
    operation.repeat(times);
    (processor::time() - started).as_nanos() as f64 / times as f64
}

/// Returns the mean CPU time per repetition on two concurrent threads, in nanoseconds.
///
/// The threads are pinned to separate processors.
fn on_two_threads(operation: &Operation, times: u64) -> f64 {
    let start = Barrier::new(2);
    let run = |number| {
        processor::pin(number);
        operation.repeat(times / 20 + 1);
        start.wait();
        on_one_thread(operation, times)
    };
    thread::scope(|scope| {
        let threads = [0, 1].map(|number| scope.spawn(move || run(number)));
        threads.map(|thread| thread.join().expect("an operation panicked")).iter().sum::<f64>() / 2.0
    })
}
