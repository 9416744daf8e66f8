//! Asynchronous logging: events are queued and emitted by a thread of their own.
//!
//! A subscriber may block for as long as it likes, as one that writes to a full pipe does. What must go on meanwhile (the thread of
//! the server, the supervisors of checks, a graceful shutdown) acts first and queues what it has to log.

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

/// The capacity of the queue, in events. Further ones are dropped and counted.
const CAPACITY: usize = 1024;

/// The queue of this process: a program has one log.
static QUEUE: LogQueue = LogQueue::new(CAPACITY);

/// Queues an event: `emit` calls a macro of `tracing`, on the logging thread. Never blocks.
pub(crate) fn emit(emit: impl FnOnce() + Send + 'static) {
    QUEUE.push(emit);
}

/// Waits until the queued events are emitted, for at most `timeout`.
#[cfg(feature = "server")]
pub(crate) fn flush(timeout: Duration) {
    QUEUE.flush(timeout);
}

/// The number of dropped events, as `ops_log_events_dropped_total`.
#[cfg(feature = "server")]
#[derive(Debug)]
pub(crate) struct LogMetrics;

#[cfg(feature = "server")]
impl Instrument for LogMetrics {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("_dropped", MetricKind::Counter)
                .help("Log events of the server that were dropped because the subscriber of `tracing` blocked."),
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

/// A bounded queue of events, and the thread that emits them for as long as there are any.
struct LogQueue {
    state: Mutex<State>,
    drained: Condvar,
    capacity: usize,
}

struct State {
    events: VecDeque<Event>,
    /// `true` while there is a logging thread.
    is_emitting: bool,
    /// The number of dropped events, and the number of these that were reported.
    dropped: u64,
    reported: u64,
}

struct Event {
    emit: Box<dyn FnOnce() + Send>,
    /// The subscriber of the thread that queued the event; the global one if it is `None`.
    ///
    /// Without any subscriber `tracing` hands events to the `log` crate, as long as no dispatcher is ever set.
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
            // Without a thread the event waits for the next one.
            state.is_emitting = thread::Builder::new().name("ops-log".to_owned()).spawn(|| self.emit_all()).is_ok();
        }
    }

    /// Emits events until there are no more.
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
    /// Emits the event, after a report of those that were `dropped` before it.
    fn emit(self, dropped: u64) {
        let Event { emit, subscriber } = self;
        let emit = move || {
            if dropped > 0 {
                tracing::warn!(dropped, "log events were dropped: the subscriber of `tracing` blocks or is too slow");
            }
            emit();
        };
        // A subscriber that panics loses an event, not those after it.
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

    /// A queue of two events whose thread is blocked by a third one until something is sent.
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
    fn events_are_emitted_in_order_and_what_exceeds_the_capacity_is_counted() {
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
    fn a_flush_waits_no_longer_than_its_timeout() {
        let (queue, resume) = blocked();
        queue.flush(Duration::ZERO);
        assert!(queue.state.lock().unwrap().is_emitting);
        resume.send(()).unwrap();
        queue.flush(PATIENCE);
        assert!(!queue.state.lock().unwrap().is_emitting);
    }

    #[test]
    fn an_event_whose_subscriber_panics_is_lost_alone() {
        let queue: &LogQueue = Box::leak(Box::new(LogQueue::new(2)));
        let emitted = channel();
        queue.push(|| panic!("a subscriber"));
        push(queue, 1, &emitted.0);
        assert_eq!(all(emitted), [1]);
    }
}
