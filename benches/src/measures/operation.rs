//! Operations repeated in a loop, on one thread and on two at once.

use super::processor;
use crate::progress::Progress;
use crate::result::Measurement;
use crate::row::Row;
use crate::subject::{Operation, Subject, Variant};
use crate::subjects::SUBJECTS;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

/// How long one measurement of one thread takes, about.
const TARGET: Duration = Duration::from_millis(20);

/// One way of a subject, ready to run.
struct Contestant {
    subject: &'static Subject,
    way: &'static Variant,
    operation: Operation,
    times: u64,
}

/// Measures every way of every subject once a round, so that what the machine does meanwhile hits all alike.
pub(crate) fn measure(row: &Row, rounds: usize, progress: &Progress) -> Vec<Measurement> {
    progress.show(row.name, "preparing");
    let variants = SUBJECTS.iter().flat_map(|subject| subject.variants.iter().map(move |way| (subject, way)));
    let contestants: Vec<Contestant> = variants.filter(|(_, way)| way.row == row.name).filter_map(prepare).collect();
    let mut measurements: Vec<[Measurement; 2]> = contestants
        .iter()
        .map(|contestant| [1, 2].map(|threads| Measurement::new(contestant.subject, contestant.way.call, threads)))
        .collect();
    for round in 1..=rounds {
        progress.show(row.name, &format!("round {round} of {rounds}"));
        for (contestant, [one, two]) in contestants.iter().zip(&mut measurements) {
            one.samples.push(on_one_thread(&contestant.operation, contestant.times));
            contestant.operation.settle();
            two.samples.push(on_two_threads(&contestant.operation, contestant.times / 2 + 1));
            contestant.operation.settle();
        }
    }
    measurements.into_iter().flatten().collect()
}

/// Finds out how often to repeat.
fn prepare((subject, way): (&'static Subject, &'static Variant)) -> Option<Contestant> {
    let operation = (way.prepare)();
    if !operation.works() {
        return None;
    }
    operation.repeat(200);
    let mut times = 500;
    loop {
        let took = on_one_thread(&operation, times) * times as f64;
        operation.settle();
        if took > 2e6 {
            let times = (times as f64 * TARGET.as_nanos() as f64 / took) as u64;
            return Some(Contestant { subject, way, operation, times });
        }
        times *= 4;
    }
}

/// Nanoseconds of a processor a repetition.
fn on_one_thread(operation: &Operation, times: u64) -> f64 {
    let started = processor::time();
    operation.repeat(times);
    (processor::time() - started).as_nanos() as f64 / times as f64
}

/// Nanoseconds a repetition, of two threads that do nothing else, each on a processor of its own.
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
        threads.map(|thread| thread.join().expect("an operation does not panic")).iter().sum::<f64>() / 2.0
    })
}
