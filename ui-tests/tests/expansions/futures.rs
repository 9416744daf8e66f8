//! Functions that return a future are measured until it ends, and each outcome is counted once.

use async_trait::async_trait;
use ops::metrics;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a function is to do.
#[derive(Clone, Copy)]
enum How {
    Well,
    Fails,
    Panics,
    Waits,
}

impl How {
    fn is_to_fail(self) -> bool {
        matches!(self, How::Fails)
    }
}

async fn work(how: How) -> Result<u8, String> {
    match how {
        How::Well => Ok(1),
        How::Fails => ready(Err("failed".to_owned())).await,
        How::Panics => std::panic::resume_unwind(Box::new(())),
        How::Waits => pending().await,
    }
}

#[ops::metric(name = "plain")]
#[ops::instrument_span("plain.span")]
async fn plain(how: How) -> Result<u8, String> {
    if matches!(how, How::Fails) {
        return Err("failed".to_owned());
    }
    work(how).await
}

/// Nothing but a guard clause leaves it before its end, and so no future is inside the one that it returns.
#[ops::metric(name = "in_place")]
async fn in_place(how: How) -> Result<u8, String> {
    if how.is_to_fail() {
        return Err("failed".to_owned());
    }
    let number = work(how).await;
    number.map(|number| number + 1)
}

#[ops::metric(name = "opaque")]
#[ops::instrument_span("opaque.span")]
fn opaque(how: How) -> impl Future<Output = Result<u8, String>> {
    let prepared = how;
    async move { work(prepared).await }
}

#[ops::metric(name = "boxed")]
#[ops::instrument_span("boxed.span")]
fn boxed(how: How) -> Pin<Box<dyn Future<Output = Result<u8, String>>>> {
    let prepared = how;
    if matches!(how, How::Fails) {
        return Box::pin(ready(Err("failed".to_owned())));
    }
    Box::pin(work(prepared))
}

#[ops::metric(name = "inner")]
#[ops::instrument_span("inner.span")]
fn boxed_inside(how: How) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
    match how {
        How::Fails => return Box::pin(ready(Err("failed".to_owned()))),
        _ if how.is_to_fail() => unreachable!("it was matched before"),
        _ => {}
    }
    Box::pin(async move {
        let number = work(how).await?;
        Ok(number)
    }) as _
}

#[ops::metric(name = "passed_on")]
#[ops::instrument_span("passed_on.span")]
fn passed_on(how: How) -> Pin<Box<dyn Future<Output = Result<u8, String>>>> {
    boxed(how)
}

/// A service of any type, whose output may be borrowed.
trait Service {
    type Response;
    type Future: Future<Output = Result<Self::Response, String>>;

    fn call(&self, how: How) -> Self::Future;
}

struct Plain;

impl Service for Plain {
    type Response = u8;
    type Future = BoxFuture<'static, Result<u8, String>>;

    fn call(&self, how: How) -> Self::Future {
        Box::pin(work(how))
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
    fn call(&self, how: How) -> Self::Future {
        Box::pin(self.0.call(how))
    }
}

struct PassesOn<S>(S);

impl<S: Service<Future = BoxFuture<'static, Result<<S as Service>::Response, String>>>> Service for PassesOn<S> {
    type Response = S::Response;
    type Future = BoxFuture<'static, Result<S::Response, String>>;

    #[ops::metric(name = "returned_future")]
    fn call(&self, how: How) -> Self::Future {
        self.0.call(how)
    }
}

#[ops::metric(name = "aliased")]
#[ops::instrument_span("aliased.span")]
fn aliased(how: &How) -> BoxFuture<'_, Result<u8, String>> {
    Box::pin(async move { work(*how).await })
}

#[async_trait]
trait Worker {
    async fn work(&self, how: How) -> Result<u8, String>;
}

struct Below;

#[async_trait]
impl Worker for Below {
    #[ops::metric(name = "below")]
    #[ops::instrument_span("below.span")]
    async fn work(&self, how: How) -> Result<u8, String> {
        let number = work(how).await?;
        Ok(number)
    }
}

struct Above;

#[ops::metric]
#[async_trait]
impl Worker for Above {
    #[ops::metric(name = "above")]
    #[ops::instrument_span("above.span")]
    async fn work(&self, how: How) -> Result<u8, String> {
        let number = work(how).await?;
        Ok(number)
    }
}

/// The served series of `name` that are not 0, without the name.
fn served(name: &str) -> Vec<String> {
    let text = metrics().to_text();
    let series = text.lines().filter(|line| !line.ends_with(" 0"));
    series.filter_map(|line| line.strip_prefix(name)).map(str::to_owned).collect()
}

fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Runs the future that `make` makes to each of its ends; counted under `name`.
fn ends_in_every_way<F: Future<Output = Result<u8, String>>>(name: &str, make: impl Fn(How) -> F) {
    let total = format!("{name}_total{{outcome=");
    let running = format!("{name}_in_flight");
    assert!(poll(pin!(make(How::Well))).is_ready());
    assert_eq!(served(&total), [r#""ok"} 1"#], "{name}");

    assert_eq!(poll(pin!(make(How::Fails))), Poll::Ready(Err("failed".to_owned())));
    {
        let mut waiting = pin!(make(How::Waits));
        assert!(poll(waiting.as_mut()).is_pending());
        assert!(poll(waiting.as_mut()).is_pending());
        assert_eq!(served(&running), [" 1"], "{name}");
    }
    assert!(catch_unwind(AssertUnwindSafe(|| poll(pin!(make(How::Panics))))).is_err());

    assert_eq!(served(&running), [""; 0], "{name}");
    let once = [r#""cancelled"} 1"#, r#""error"} 1"#, r#""ok"} 1"#, r#""panic"} 1"#];
    assert_eq!(served(&total), once, "{name}");
    assert_eq!(served(&format!("{name}_duration_seconds_count{{outcome=")), once, "{name}");
}

#[test]
fn a_future_is_measured_until_it_ends_however_it_is_returned() {
    static FAILS: How = How::Fails;
    static PANICS: How = How::Panics;
    static WAITS: How = How::Waits;
    static WELL: How = How::Well;
    let lasting = |how| match how {
        How::Fails => &FAILS,
        How::Panics => &PANICS,
        How::Waits => &WAITS,
        How::Well => &WELL,
    };
    ends_in_every_way("plain", plain);
    ends_in_every_way("opaque", opaque);
    ends_in_every_way("boxed", boxed);
    ends_in_every_way("inner", boxed_inside);
    ends_in_every_way("passed_on", passed_on);
    ends_in_every_way("generic", |how| Generic(Plain).call(how));
    ends_in_every_way("aliased", |how| aliased(lasting(how)));
    ends_in_every_way("below", |how| Below.work(how));
    ends_in_every_way("above", |how| Above.work(how));
    for name in ["plain", "opaque", "inner", "passed_on", "generic", "aliased", "below", "above"] {
        assert_eq!(served(&format!("{name}_span_duration_seconds_count")), [" 4"], "{name}");
    }
    ends_in_every_way("in_place", in_place);
}

#[test]
fn a_future_that_may_not_outlive_another_box_ends_its_call_as_it_is_returned() {
    let future = PassesOn(Plain).call(How::Waits);
    assert_eq!(served("returned_future_total"), [r#"{outcome="ok"} 1"#]);
    drop(future);
    assert_eq!(served("returned_future_total"), [r#"{outcome="ok"} 1"#]);
}

#[ops::metric(name = "from_the_poll")]
fn from_the_poll() -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async {})
}

#[ops::metric(name = "from_the_call")]
fn from_the_call() -> Pin<Box<dyn Future<Output = ()>>> {
    let prepared = ();
    Box::pin(async move { prepared })
}

#[test]
fn a_body_that_is_an_async_block_starts_when_it_is_polled_and_any_other_when_it_is_called() {
    drop(from_the_poll());
    assert_eq!(served("from_the_poll_total"), [""; 0]);
    drop(from_the_call());
    assert_eq!(served("from_the_call_total"), [r#"{outcome="cancelled"} 1"#]);
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
fn the_attribute_or_the_type_says_what_an_error_is() {
    let both = [r#"{outcome="error"} 1"#, r#"{outcome="ok"} 1"#];
    assert_eq!((absent(&[1]), absent(&[])), (Some(&1), None));
    assert_eq!(served("absent_total"), both);

    assert!(poll(pin!(refused(vec![]))).is_ready() && poll(pin!(refused(vec![1]))).is_ready());
    assert_eq!(served("refused_total"), both);

    assert!(poll(expected(true).as_mut()).is_ready() && poll(expected(false).as_mut()).is_ready());
    assert_eq!(served("expected_total"), both);

    assert!(looked_up().is_err());
    assert_eq!(served("looked_up_total"), [r#"{outcome="ok"} 1"#]);
}
