//! Asynchronous logging: events are queued and emitted by a dedicated thread.
//!
//! A `tracing` subscriber may block, for example while it writes to a full pipe. Code that must not stall (the server thread, the
//! supervisors of checks, a graceful shutdown) therefore never calls it directly.

#[cfg(feature = "server")]
use crate::descriptor::MetricKind;
#[cfg(feature = "server")]
use crate::metric::{Instrument, Part, Reader, Value};
use ops_core::unwind::{IgnorePoison, catch_panic};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tracing::Dispatch;

/// Maximum number of queued events. Further events are dropped and counted.
const CAPACITY: usize = 1024;

/// The log queue of the process.
static QUEUE: LogQueue = LogQueue::new(CAPACITY);

/// Queues an event without blocking. `emit` calls a `tracing` macro, on the logging thread.
pub(crate) fn emit(emit: impl FnOnce() + Send + 'static) {
    QUEUE.push(emit);
}

/// Waits until all queued events are emitted, for at most `timeout`.
#[cfg(feature = "server")]
pub(crate) fn flush(timeout: Duration) {
    QUEUE.flush(timeout);
}

/// The metric `ops_log_events_dropped_total`.
#[cfg(feature = "server")]
#[derive(Debug)]
pub(crate) struct LogMetrics;

#[cfg(feature = "server")]
impl Instrument for LogMetrics {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("_dropped", MetricKind::Counter)
                .help("Log events dropped because the `tracing` subscriber was too slow."),
        ]
    }

    fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let dropped = QUEUE.state.lock().ignore_poison().dropped;
        if dropped > 0 {
            series("", Value::counter(dropped));
        }
    }

    fn overflowed(&self) -> u64 {
        0
    }
}

/// A bounded queue of events, and a thread that emits them and ends when the queue is empty.
struct LogQueue {
    state: Mutex<State>,
    drained: Condvar,
    capacity: usize,
}

struct State {
    events: VecDeque<Event>,
    /// Set while the logging thread runs.
    is_emitting: bool,
    /// Total number of dropped events.
    dropped: u64,
    /// Number of dropped events that have been reported in a warning.
    reported: u64,
}

struct Event {
    emit: Box<dyn FnOnce() + Send>,
    /// The subscriber of the thread that queued the event, or `None` if no dispatcher was ever set.
    ///
    /// In that case `tracing` passes events to the `log` crate, which setting a dispatcher would disable.
    subscriber: Option<Dispatch>,
}

impl LogQueue {
    const fn new(capacity: usize) -> LogQueue {
        let state = State { events: VecDeque::new(), is_emitting: false, dropped: 0, reported: 0 };
        LogQueue { state: Mutex::new(state), drained: Condvar::new(), capacity }
    }

    fn push(&'static self, emit: impl FnOnce() + Send + 'static) {
        let subscriber = tracing::dispatcher::has_been_set().then(|| tracing::dispatcher::get_default(Dispatch::clone));
        let event = Event { emit: Box::new(emit), subscriber };
        let mut state = self.state.lock().ignore_poison();
        if state.events.len() >= self.capacity {
            state.dropped += 1;
            return;
        }
        state.events.push_back(event);
        if !state.is_emitting {
            // If the thread cannot be spawned, the event stays queued, and the next one retries.
            state.is_emitting = thread::Builder::new().name("ops-log".to_owned()).spawn(|| self.emit_all()).is_ok();
        }
    }

    /// Emits events until the queue is empty.
    fn emit_all(&self) {
        loop {
            let (event, dropped) = {
                let mut state = self.state.lock().ignore_poison();
                let Some(event) = state.events.pop_front() else {
                    state.is_emitting = false;
                    self.drained.notify_all();
                    return;
                };
                let dropped = state.dropped - state.reported;
                state.reported = state.dropped;
                (event, dropped)
            };
            event.emit(dropped);
        }
    }

    #[cfg(any(feature = "server", test))]
    fn flush(&self, timeout: Duration) {
        let state = self.state.lock().ignore_poison();
        let flushed = self.drained.wait_timeout_while(state, timeout, |state| state.is_emitting);
        drop(flushed.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Event {
    /// Emits the event, preceded by a warning if `dropped` events have not been reported.
    fn emit(self, dropped: u64) {
        let Event { emit, subscriber } = self;
        let emit = move || {
            if dropped > 0 {
                tracing::warn!(dropped, "log events were dropped: the `tracing` subscriber is too slow");
            }
            emit();
        };
        // A panic of the subscriber loses only this event.
        let _panicked = catch_panic(|| match &subscriber {
            Some(subscriber) => tracing::dispatcher::with_default(subscriber, emit),
            None => emit(),
        });
    }
}

impl fmt::Debug for LogQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogQueue").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Returns a queue with a capacity of two whose thread is blocked until a message is sent.
    fn blocked() -> (&'static LogQueue, Sender<()>) {
        let queue: &LogQueue = Box::leak(Box::new(LogQueue::new(2)));
        let ((blocks, is_blocked), (resume, resumed)) = (channel(), channel());
        queue.push(move || {
            blocks.send(()).unwrap();
            resumed.recv().unwrap();
        });
        is_blocked.recv_timeout(PATIENCE).unwrap();
        (queue, resume)
    }

    fn push(queue: &'static LogQueue, event: u32, emitted: &Sender<u32>) {
        let emitted = emitted.clone();
        queue.push(move || emitted.send(event).unwrap());
    }

    fn all(emitted: (Sender<u32>, Receiver<u32>)) -> Vec<u32> {
        drop(emitted.0);
        emitted.1.iter().collect()
    }

    #[test]
    fn emits_events_in_order_and_counts_those_over_capacity() {
        let (queue, resume) = blocked();
        let emitted = channel();
        for event in 0..5 {
            push(queue, event, &emitted.0);
        }
        assert_eq!(queue.state.lock().unwrap().dropped, 3);
        resume.send(()).unwrap();
        assert_eq!(all(emitted), [0, 1]);
        queue.flush(PATIENCE);
        let state = queue.state.lock().unwrap();
        assert_eq!((state.is_emitting, state.reported), (false, 3));
    }

    #[test]
    fn flush_returns_after_its_timeout() {
        let (queue, resume) = blocked();
        queue.flush(Duration::ZERO);
        assert!(queue.state.lock().unwrap().is_emitting);
        resume.send(()).unwrap();
        queue.flush(PATIENCE);
        assert!(!queue.state.lock().unwrap().is_emitting);
    }

    #[test]
    fn panic_of_the_subscriber_loses_one_event() {
        let queue: &LogQueue = Box::leak(Box::new(LogQueue::new(2)));
        let emitted = channel();
        queue.push(|| panic!("a subscriber"));
        push(queue, 1, &emitted.0);
        assert_eq!(all(emitted), [1]);
    }
}
