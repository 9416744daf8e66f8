//! Functions that return a future are instrumented until it ends, and each outcome is counted once.

use async_trait::async_trait;
use ops::metrics;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Behavior of a test function.
#[derive(Clone, Copy)]
enum Behavior {
    Succeeds,
    Fails,
    Panics,
    Waits,
}

impl Behavior {
    fn fails(self) -> bool {
        matches!(self, Behavior::Fails)
    }
}

async fn work(behavior: Behavior) -> Result<u8, String> {
    match behavior {
        Behavior::Succeeds => Ok(1),
        Behavior::Fails => ready(Err("failed".to_owned())).await,
        Behavior::Panics => std::panic::resume_unwind(Box::new(())),
        Behavior::Waits => pending().await,
    }
}

#[ops::metric(name = "plain")]
#[ops::instrument_span("plain.span")]
async fn plain(behavior: Behavior) -> Result<u8, String> {
    if matches!(behavior, Behavior::Fails) {
        return Err("failed".to_owned());
    }
    work(behavior).await
}

/// Instrumented in place, because its only early exit is a guard clause.
#[ops::metric(name = "in_place")]
async fn in_place(behavior: Behavior) -> Result<u8, String> {
    if behavior.fails() {
        return Err("failed".to_owned());
    }
    let number = work(behavior).await;
    number.map(|number| number + 1)
}

#[ops::metric(name = "opaque")]
#[ops::instrument_span("opaque.span")]
fn opaque(behavior: Behavior) -> impl Future<Output = Result<u8, String>> {
    let prepared = behavior;
    async move { work(prepared).await }
}

#[ops::metric(name = "boxed")]
#[ops::instrument_span("boxed.span")]
fn boxed(behavior: Behavior) -> Pin<Box<dyn Future<Output = Result<u8, String>>>> {
    let prepared = behavior;
    if matches!(behavior, Behavior::Fails) {
        return Box::pin(ready(Err("failed".to_owned())));
    }
    Box::pin(work(prepared))
}

#[ops::metric(name = "inner")]
#[ops::instrument_span("inner.span")]
fn boxed_inside(behavior: Behavior) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
    match behavior {
        Behavior::Fails => return Box::pin(ready(Err("failed".to_owned()))),
        _ if behavior.fails() => unreachable!("matched before"),
        _ => {}
    }
    Box::pin(async move {
        let number = work(behavior).await?;
        Ok(number)
    }) as _
}

#[ops::metric(name = "delegated")]
#[ops::instrument_span("delegated.span")]
fn delegated(behavior: Behavior) -> Pin<Box<dyn Future<Output = Result<u8, String>>>> {
    boxed(behavior)
}

/// A service with a generic, possibly borrowed response.
trait Service {
    type Response;
    type Future: Future<Output = Result<Self::Response, String>>;

    fn call(&self, behavior: Behavior) -> Self::Future;
}

struct Plain;

impl Service for Plain {
    type Response = u8;
    type Future = BoxFuture<'static, Result<u8, String>>;

    fn call(&self, behavior: Behavior) -> Self::Future {
        Box::pin(work(behavior))
    }
}

struct Generic<S>(S);

impl<S: Service> Service for Generic<S>
where
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Future = BoxFuture<'static, Result<S::Response, String>>;

    #[ops::metric(name = "generic")]
    #[ops::instrument_span("generic.span")]
    fn call(&self, behavior: Behavior) -> Self::Future {
        Box::pin(self.0.call(behavior))
    }
}

struct Delegates<S>(S);

impl<S: Service<Future = BoxFuture<'static, Result<<S as Service>::Response, String>>>> Service for Delegates<S> {
    type Response = S::Response;
    type Future = BoxFuture<'static, Result<S::Response, String>>;

    #[ops::metric(name = "returned_future")]
    fn call(&self, behavior: Behavior) -> Self::Future {
        self.0.call(behavior)
    }
}

#[ops::metric(name = "aliased")]
#[ops::instrument_span("aliased.span")]
fn aliased(behavior: &Behavior) -> BoxFuture<'_, Result<u8, String>> {
    Box::pin(async move { work(*behavior).await })
}

#[async_trait]
trait Worker {
    async fn work(&self, behavior: Behavior) -> Result<u8, String>;
}

struct AttributesBelow;

#[async_trait]
impl Worker for AttributesBelow {
    #[ops::metric(name = "below")]
    #[ops::instrument_span("below.span")]
    async fn work(&self, behavior: Behavior) -> Result<u8, String> {
        let number = work(behavior).await?;
        Ok(number)
    }
}

struct AttributesAbove;

#[ops::metric]
#[async_trait]
impl Worker for AttributesAbove {
    #[ops::metric(name = "above")]
    #[ops::instrument_span("above.span")]
    async fn work(&self, behavior: Behavior) -> Result<u8, String> {
        let number = work(behavior).await?;
        Ok(number)
    }
}

/// Returns the exported nonzero series of `name`, without the name.
fn exported(name: &str) -> Vec<String> {
    let text = metrics().to_text();
    let series = text.lines().filter(|line| !line.ends_with(" 0"));
    series.filter_map(|line| line.strip_prefix(name)).map(str::to_owned).collect()
}

fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Runs the future from `make` to every outcome and checks the metrics under `name`.
fn assert_every_outcome_is_counted<F: Future<Output = Result<u8, String>>>(name: &str, make: impl Fn(Behavior) -> F) {
    let total = format!("{name}_total{{outcome=");
    let running = format!("{name}_in_flight");
    assert!(poll(pin!(make(Behavior::Succeeds))).is_ready());
    assert_eq!(exported(&total), [r#""ok"} 1"#], "{name}");

    assert_eq!(poll(pin!(make(Behavior::Fails))), Poll::Ready(Err("failed".to_owned())));
    {
        let mut waiting = pin!(make(Behavior::Waits));
        assert!(poll(waiting.as_mut()).is_pending());
        assert!(poll(waiting.as_mut()).is_pending());
        assert_eq!(exported(&running), [" 1"], "{name}");
    }
    assert!(catch_unwind(AssertUnwindSafe(|| poll(pin!(make(Behavior::Panics))))).is_err());

    assert_eq!(exported(&running), [""; 0], "{name}");
    let each_once = [r#""cancelled"} 1"#, r#""error"} 1"#, r#""ok"} 1"#, r#""panic"} 1"#];
    assert_eq!(exported(&total), each_once, "{name}");
    assert_eq!(exported(&format!("{name}_duration_seconds_count{{outcome=")), each_once, "{name}");
}

#[test]
fn every_kind_of_returned_future_is_instrumented_until_it_ends() {
    static FAILS: Behavior = Behavior::Fails;
    static PANICS: Behavior = Behavior::Panics;
    static WAITS: Behavior = Behavior::Waits;
    static SUCCEEDS: Behavior = Behavior::Succeeds;
    let static_behavior = |behavior| match behavior {
        Behavior::Fails => &FAILS,
        Behavior::Panics => &PANICS,
        Behavior::Waits => &WAITS,
        Behavior::Succeeds => &SUCCEEDS,
    };
    assert_every_outcome_is_counted("plain", plain);
    assert_every_outcome_is_counted("opaque", opaque);
    assert_every_outcome_is_counted("boxed", boxed);
    assert_every_outcome_is_counted("inner", boxed_inside);
    assert_every_outcome_is_counted("delegated", delegated);
    assert_every_outcome_is_counted("generic", |behavior| Generic(Plain).call(behavior));
    assert_every_outcome_is_counted("aliased", |behavior| aliased(static_behavior(behavior)));
    assert_every_outcome_is_counted("below", |behavior| AttributesBelow.work(behavior));
    assert_every_outcome_is_counted("above", |behavior| AttributesAbove.work(behavior));
    for name in ["plain", "opaque", "inner", "delegated", "generic", "aliased", "below", "above"] {
        assert_eq!(exported(&format!("{name}_span_duration_seconds_count")), [" 4"], "{name}");
    }
    assert_every_outcome_is_counted("in_place", in_place);
}

#[test]
fn call_ends_on_return_if_the_future_may_not_outlive_a_box() {
    let future = Delegates(Plain).call(Behavior::Waits);
    assert_eq!(exported("returned_future_total"), [r#"{outcome="ok"} 1"#]);
    drop(future);
    assert_eq!(exported("returned_future_total"), [r#"{outcome="ok"} 1"#]);
}

#[ops::metric(name = "starts_at_poll")]
fn starts_at_poll() -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async {})
}

#[ops::metric(name = "starts_at_call")]
fn starts_at_call() -> Pin<Box<dyn Future<Output = ()>>> {
    let prepared = ();
    Box::pin(async move { prepared })
}

#[test]
fn async_block_body_starts_at_first_poll_and_other_bodies_at_the_call() {
    drop(starts_at_poll());
    assert_eq!(exported("starts_at_poll_total"), [""; 0]);
    drop(starts_at_call());
    assert_eq!(exported("starts_at_call_total"), [r#"{outcome="cancelled"} 1"#]);
}

#[ops::metric(name = "absent", none = "error")]
fn absent(rows: &[u8]) -> Option<&u8> {
    rows.first()
}

#[ops::metric(name = "refused", error_if = Vec::is_empty)]
async fn refused(rows: Vec<u8>) -> Vec<u8> {
    rows
}

#[ops::metric(name = "expected", ok_if = Result::is_err)]
fn expected(fails: bool) -> BoxFuture<'static, Result<(), ()>> {
    Box::pin(ready(if fails { Err(()) } else { Ok(()) }))
}

struct NotFound;

impl ops::metric::ToCallOutcome for NotFound {
    fn to_call_outcome(&self) -> ops::metric::CallOutcome {
        ops::metric::CallOutcome::Ok
    }
}

#[ops::metric(name = "looked_up")]
fn looked_up() -> Result<(), NotFound> {
    Err(NotFound)
}

#[test]
fn outcome_is_defined_by_attribute_or_type() {
    let both = [r#"{outcome="error"} 1"#, r#"{outcome="ok"} 1"#];
    assert_eq!((absent(&[1]), absent(&[])), (Some(&1), None));
    assert_eq!(exported("absent_total"), both);

    assert!(poll(pin!(refused(vec![]))).is_ready() && poll(pin!(refused(vec![1]))).is_ready());
    assert_eq!(exported("refused_total"), both);

    assert!(poll(expected(true).as_mut()).is_ready() && poll(expected(false).as_mut()).is_ready());
    assert_eq!(exported("expected_total"), both);

    assert!(looked_up().is_err());
    assert_eq!(exported("looked_up_total"), [r#"{outcome="ok"} 1"#]);
}
