//! How long a writer waits while everything is being written out.

use super::processor;
use crate::subject::{Exporter, Kind, Size, Subject};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// How long each state is watched.
const WATCHED: Duration = Duration::from_secs(2);
/// Between two series that the watched thread makes.
const PAUSE: Duration = Duration::from_micros(300);
/// Between two series that another thread makes.
const OTHERS_PAUSE: Duration = Duration::from_millis(5);
/// How many series may be made meanwhile.
const ROOM: usize = 200_000;

/// Nanoseconds to make a series, the 99.9th percentile, while `series` others are written over and over.
pub(crate) fn insert(subject: &Subject, series: usize) -> Option<f64> {
    let (exporter, _writer) = Writer::start(subject, series)?;
    processor::pin(0);
    let mut took = Vec::new();
    let watched = Instant::now();
    let mut next = series;
    while watched.elapsed() < WATCHED {
        let started = Instant::now();
        exporter.touch(next);
        let ended = Instant::now();
        took.push((ended - started).as_nanos() as f64);
        next += 1;
        while ended.elapsed() < PAUSE {
            std::hint::spin_loop();
        }
    }
    took.sort_by(f64::total_cmp);
    let complete = exporter.incomplete().is_none();
    complete.then(|| took[(took.len() - 1) * 999 / 1000])
}

/// Nanoseconds to find a series at worst, while another thread makes one every 5 ms and all are written over and over.
///
/// The limit finds nothing: its worst is what the machine takes from a thread that only reads the clock.
pub(crate) fn look_up(subject: &Subject, series: usize) -> Option<f64> {
    let (exporter, writer) = Writer::start(subject, series)?;
    let (others, stop) = (exporter.clone(), writer.stop.clone());
    let others = thread::spawn(move || {
        for next in series.. {
            if stop.load(Relaxed) {
                break;
            }
            others.touch(next);
            thread::sleep(OTHERS_PAUSE);
        }
    });
    processor::pin(0);
    let mut worst = Duration::ZERO;
    let watched = Instant::now();
    let mut at = 0;
    while watched.elapsed() < WATCHED {
        for _ in 0..64 {
            at = (at + 7919) % series;
            let started = Instant::now();
            exporter.touch(at);
            worst = worst.max(started.elapsed());
        }
    }
    drop(writer);
    others.join().expect("a subject does not panic");
    let complete = exporter.incomplete().is_none();
    complete.then_some(worst.as_nanos() as f64)
}

/// Writes all series over and over on processor 1 until it is dropped; what is watched has processor 0.
struct Writer {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    fn start(subject: &Subject, series: usize) -> Option<(Arc<dyn Exporter>, Writer)> {
        let size = Size { kind: Kind::Counter, series: series + ROOM };
        let exporter: Arc<dyn Exporter> = subject.exporter?(size).into();
        (0..series).for_each(|series| exporter.make(series));
        let stop = Arc::new(AtomicBool::new(false));
        let (writing, stopped) = (exporter.clone(), stop.clone());
        let thread = thread::spawn(move || {
            processor::pin(1);
            let mut text = Vec::new();
            while !stopped.load(Relaxed) {
                writing.encode(&mut text);
            }
        });
        thread::sleep(Duration::from_millis(30));
        Some((exporter, Writer { stop, thread: Some(thread) }))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
