//! Stalls of updates while all series are being encoded.

use super::processor;
use crate::subject::{Exporter, Kind, Size, Subject};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Duration of each measurement.
const MEASURED: Duration = Duration::from_secs(2);
/// Pause between two series that the measured thread creates.
const PAUSE: Duration = Duration::from_micros(300);
/// Pause between two series that the third thread creates.
const OTHERS_PAUSE: Duration = Duration::from_millis(5);
/// Maximum number of series created during the measurement.
const HEADROOM: usize = 200_000;

/// Returns the 99.9th percentile of the time to create a series, in nanoseconds.
///
/// Another thread encodes all series, `series` at first, in a loop.
pub(crate) fn insert(subject: &Subject, series: usize) -> Option<f64> {
    let (exporter, _encoder) = Encoder::start(subject, series)?;
    processor::pin(0);
    let mut took = Vec::new();
    let measured = Instant::now();
    let mut next = series;
    while measured.elapsed() < MEASURED {
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

/// Returns the longest lookup while all series are being encoded, in nanoseconds.
///
/// A third thread creates a series every 5 ms.
///
/// The limit performs no lookup: its figure is the longest interruption of a thread that only reads the clock.
pub(crate) fn look_up(subject: &Subject, series: usize) -> Option<f64> {
    let (exporter, encoder) = Encoder::start(subject, series)?;
    let (others, stop) = (exporter.clone(), encoder.stop.clone());
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
    let mut longest = Duration::ZERO;
    let measured = Instant::now();
    let mut at = 0;
    while measured.elapsed() < MEASURED {
        for _ in 0..64 {
            at = (at + 7919) % series;
            let started = Instant::now();
            exporter.touch(at);
            longest = longest.max(started.elapsed());
        }
    }
    drop(encoder);
    others.join().expect("a subject panicked");
    let complete = exporter.incomplete().is_none();
    complete.then_some(longest.as_nanos() as f64)
}

/// A thread on processor 1 that encodes all series in a loop until dropped.
///
/// The measured thread runs on processor 0.
struct Encoder {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Encoder {
    fn start(subject: &Subject, series: usize) -> Option<(Arc<dyn Exporter>, Encoder)> {
        let size = Size { kind: Kind::Counter, series: series + HEADROOM };
        let exporter: Arc<dyn Exporter> = subject.exporter?(size).into();
        (0..series).for_each(|series| exporter.make(series));
        let stop = Arc::new(AtomicBool::new(false));
        let (encoded, stopped) = (exporter.clone(), stop.clone());
        let thread = thread::spawn(move || {
            processor::pin(1);
            let mut text = Vec::new();
            while !stopped.load(Relaxed) {
                encoded.encode(&mut text);
            }
        });
        thread::sleep(Duration::from_millis(30));
        Some((exporter, Encoder { stop, thread: Some(thread) }))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
