//! Spans reported to an observer. A separate test binary, because observers are global.

use ops::trace::SpanRecorder;
use ops::{Attr, Observer, Span, attr, install_observer};
use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Observer that records span events in order, one line each.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn installed() -> Log {
        let log = Log::default();
        install_observer(log.clone());
        log
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: String) {
        self.lines().push(line);
    }

    fn of(&self, span: &str) -> Vec<String> {
        self.lines().iter().filter_map(|line| Some(line.strip_prefix(span)?.strip_prefix(' ')?.to_owned())).collect()
    }
}

impl Observer for Log {
    fn start_span(&self, name: &str, attrs: &[Attr]) -> Span {
        let attrs = attrs.iter().map(|attr| format!(" {}={}", attr.key(), attr.value())).collect::<String>();
        self.push(format!("{name} start{attrs}"));
        Span::new(Box::new(Recorder { log: self.clone(), name: name.to_owned() }))
    }
}

struct Recorder {
    log: Log,
    name: String,
}

impl SpanRecorder for Recorder {
    fn set_attr(&mut self, attr: Attr) {
        self.log.push(format!("{} {}={}", self.name, attr.key(), attr.value()));
    }

    fn set_error(&mut self, error: &dyn Display) {
        self.log.push(format!("{} error={error}", self.name));
    }

    fn end(self: Box<Self>) {
        self.log.push(format!("{} end", self.name));
    }
}

#[derive(Debug)]
enum Channel {
    Web,
}

/// Type without `Debug` or `Display`.
struct Token;

struct Order {
    tenant: String,
    items: usize,
}

#[ops::instrument_span(
    "order.place",
    fields(order.id = id, tenant = order.tenant, ?channel, items = %order.items, secret(token))
)]
fn place(id: u64, order: &Order, channel: Channel, token: &Token) -> Result<(), String> {
    Span::current().set_attr(attr("priced", true));
    match channel {
        Channel::Web => Err(format!("{} cannot pay", order.tenant)),
    }
}

#[ops::instrument_span]
fn panics() {
    std::panic::resume_unwind(Box::new(()));
}

#[ops::instrument_span("first")]
async fn first() {
    record_around_poll("before").await;
    record_around_poll("after").await;
}

#[ops::instrument_span("second")]
#[ops::metric]
async fn second() {
    record_around_poll("before").await;
    record_around_poll("after").await;
}

#[ops::instrument_span("outer")]
async fn outer() -> usize {
    record("begins");
    let sum = add(add(1, 2).await, async { add(3, 4).await }.await).await;
    inner().await;
    record("ends");
    sum
}

#[ops::instrument_span("inner")]
async fn inner() {
    wait().await;
    record("goes on");
}

#[ops::instrument_span("broken")]
async fn broken() {
    wait().await;
    panics();
    wait().await;
}

/// Sets an attribute of the current span.
fn record(word: &'static str) {
    Span::current().set_attr(attr("step", word));
}

async fn add(one: usize, other: usize) -> usize {
    wait().await;
    record("in between");
    one + other
}

async fn wait() {
    let mut polled = false;
    poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// Sets an attribute of the current span, before and after a pending poll.
async fn record_around_poll(word: &'static str) {
    Span::current().set_attr(attr("before_poll", word));
    let mut polled = false;
    poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    Span::current().set_attr(attr("after_poll", word));
}

#[test]
fn observer_receives_fields_errors_and_end_of_each_span() {
    let log = Log::installed();

    let order = Order { tenant: "acme".to_owned(), items: 3 };
    assert!(place(7, &order, Channel::Web, &Token).is_err());
    assert_eq!(
        log.of("order.place"),
        [
            "start order.id=7 tenant=acme channel=Web items=3 token=[redacted]",
            "priced=true",
            "error=acme cannot pay",
            "end"
        ]
    );

    assert!(catch_unwind(panics).is_err());
    assert_eq!(log.of("panics"), ["start", "error=panic", "end"]);

    // Two futures polled alternately on one thread: each poll is in its own span, and no span is current between polls.
    let mut context = Context::from_waker(Waker::noop());
    let (mut one, mut other) = (Box::pin(first()), pin!(second()));
    for _ in 0..2 {
        assert!(one.as_mut().poll(&mut context).is_pending());
        assert!(other.as_mut().poll(&mut context).is_pending());
        assert!(!Span::current().is_recorded());
    }
    drop(one);
    assert!(other.as_mut().poll(&mut context).is_ready());
    assert_eq!(
        log.of("first"),
        ["start", "before_poll=before", "after_poll=before", "before_poll=after", "error=cancelled", "end"]
    );
    assert_eq!(
        log.of("second"),
        ["start", "before_poll=before", "after_poll=before", "before_poll=after", "after_poll=after", "end"]
    );

    // Each poll on a different thread: code between two awaits is in the span too.
    let mut task = Box::pin(outer());
    let mut poll_on_another_thread = || {
        let poll = || {
            let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(!Span::current().is_recorded());
            polled
        };
        std::thread::scope(|scope| scope.spawn(poll).join().unwrap())
    };
    let mut polls = 1;
    while poll_on_another_thread().is_pending() {
        polls += 1;
    }
    assert_eq!(polls, 5);
    assert_eq!(
        log.of("outer"),
        ["start", "step=begins", "step=in between", "step=in between", "step=in between", "step=ends", "end"]
    );
    assert_eq!(log.of("inner"), ["start", "step=goes on", "end"]);

    // A panic between two awaits ends and exits the span.
    let mut task = Box::pin(broken());
    assert!(task.as_mut().poll(&mut context).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut context))).is_err());
    assert!(!Span::current().is_recorded());
    assert_eq!(log.of("broken"), ["start", "error=panic", "end"]);
}
