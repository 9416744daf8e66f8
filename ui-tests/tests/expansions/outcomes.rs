//! Metrics and spans of annotated functions, as exported, for every outcome of a call.

use ops::{LabelValue, metrics};
use std::cell::RefCell;
use std::future::{Future, pending, ready};
use std::panic::catch_unwind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

type Answer<T> = Result<T, Declined>;

#[derive(Debug, PartialEq)]
struct Declined;

/// Returns the exported lines of `family` with a nonzero value.
fn lines(family: &str) -> Vec<String> {
    let text = metrics().to_text();
    let is_of_family = |line: &&str| line.strip_prefix(family).is_some_and(|rest| rest.starts_with(['{', ' ']));
    text.lines().filter(is_of_family).filter(|line| !line.ends_with(" 0")).map(str::to_owned).collect()
}

fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[ops::metric(name = "settle")]
fn settle(amount: i32) -> Answer<i32> {
    assert!(amount != 13, "unlucky amount");
    if amount < 0 {
        return Err(Declined);
    }
    Ok(amount)
}

#[test]
fn counts_ok_error_and_panic_outcomes() {
    assert_eq!(settle(1), Ok(1));
    assert_eq!(settle(2), Ok(2));
    assert_eq!(settle(-1), Err(Declined));
    assert!(catch_unwind(|| settle(13)).is_err());

    assert_eq!(
        lines("settle_total"),
        [r#"settle_total{outcome="error"} 1"#, r#"settle_total{outcome="ok"} 2"#, r#"settle_total{outcome="panic"} 1"#]
    );
    assert_eq!(
        lines("settle_duration_seconds_count"),
        [
            r#"settle_duration_seconds_count{outcome="error"} 1"#,
            r#"settle_duration_seconds_count{outcome="ok"} 2"#,
            r#"settle_duration_seconds_count{outcome="panic"} 1"#,
        ]
    );
    assert!(lines("settle_in_flight").is_empty());
}

#[ops::metric(name = "refuse")]
#[ops::instrument_span("refuse.span")]
fn refuse(amount: i32) -> Answer<i32> {
    if amount < 0 {
        return Err(Declined);
    }
    Ok(amount)
}

#[test]
fn guard_clause_is_counted_as_error() {
    assert_eq!((refuse(-1), refuse(1)), (Err(Declined), Ok(1)));
    assert_eq!(lines("refuse_total"), [r#"refuse_total{outcome="error"} 1"#, r#"refuse_total{outcome="ok"} 1"#]);
    assert_eq!(lines("refuse_span_duration_seconds_count"), ["refuse_span_duration_seconds_count 2"]);
    assert!(lines("refuse_in_flight").is_empty());
}

#[ops::metric(name = "wait")]
#[ops::instrument_span]
async fn wait(ends: bool) -> Answer<()> {
    if ends {
        return ready(Err(Declined)).await;
    }
    pending().await
}

#[test]
fn future_is_counted_from_first_poll_and_canceled_on_drop() {
    drop(wait(false));
    assert!(lines("wait_total").is_empty(), "not polled yet");

    {
        let mut waiting = pin!(wait(false));
        assert!(poll(waiting.as_mut()).is_pending());
        assert_eq!(lines("wait_in_flight"), ["wait_in_flight 1"]);
    }
    assert!(lines("wait_in_flight").is_empty());
    assert_eq!(lines("wait_total"), [r#"wait_total{outcome="cancelled"} 1"#]);

    assert_eq!(poll(wait(true)), Poll::Ready(Err(Declined)));
    assert_eq!(lines("wait_total"), [r#"wait_total{outcome="cancelled"} 1"#, r#"wait_total{outcome="error"} 1"#]);
}

#[ops::instrument_span("both")]
#[ops::metric(name = "metric_below")]
fn metric_below() {}

#[ops::metric(name = "metric_above")]
#[ops::instrument_span("both_again")]
fn metric_above() {}

#[test]
fn both_attributes_work_in_either_order() {
    metric_below();
    metric_above();
    assert_eq!(lines("metric_below_total"), [r#"metric_below_total{outcome="ok"} 1"#]);
    assert_eq!(lines("metric_above_total"), [r#"metric_above_total{outcome="ok"} 1"#]);
    assert_eq!(lines("both_duration_seconds_count"), ["both_duration_seconds_count 1"]);
    assert_eq!(lines("both_again_duration_seconds_count"), ["both_again_duration_seconds_count 1"]);
}

thread_local! {
    static EVENTS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

fn event(name: &'static str) -> &'static str {
    EVENTS.with_borrow_mut(|events| events.push(name));
    name
}

#[ops::metric(name = "ordered", labels(second = event("second"), first = event("first")))]
#[ops::instrument_span(fields(unobserved = event("field")))]
fn ordered() {
    event("body");
}

#[test]
fn labels_are_evaluated_once_in_source_order_and_fields_only_for_observers() {
    ordered();
    assert_eq!(EVENTS.take(), ["second", "first", "body"]);
    assert_eq!(lines("ordered_total"), [r#"ordered_total{second="second",first="first",outcome="ok"} 1"#]);
}

#[derive(LabelValue, Clone, Copy)]
enum Channel {
    Web,
    #[label("point-of-sale")]
    PointOfSale,
}

#[ops::metric(name = "sell", labels(channel: Channel = channel, paid: bool = paid))]
fn sell(channel: Channel, paid: bool) {
    let _ = (channel, paid);
}

#[test]
fn typed_labels_export_all_series_from_the_start() {
    let text = metrics().to_text();
    for channel in ["web", "point-of-sale"] {
        for paid in [false, true] {
            let line = format!("sell_in_flight{{channel=\"{channel}\",paid=\"{paid}\"}} 0");
            assert!(text.lines().any(|found| found == line), "missing {line:?} in\n{text}");
        }
    }
    sell(Channel::PointOfSale, true);
    sell(Channel::Web, false);
    assert_eq!(
        lines("sell_total"),
        [
            r#"sell_total{channel="point-of-sale",paid="true",outcome="ok"} 1"#,
            r#"sell_total{channel="web",paid="false",outcome="ok"} 1"#,
        ]
    );
}

struct Cart<T>(T);

#[ops::metric]
impl<T> Cart<T> {
    fn first(&self) -> &T {
        &self.0
    }

    #[ops::metric(name = "cart_second")]
    fn second(&self) -> &T {
        &self.0
    }

    #[ops::metric(skip)]
    fn third(&self) -> &T {
        &self.0
    }
}

#[test]
fn methods_are_named_after_their_type() {
    let cart = Cart(7);
    assert_eq!((cart.first(), cart.second(), cart.third()), (&7, &7, &7));
    let shared = lines("function_calls_total");
    let module = module_path!();
    assert_eq!(
        shared.iter().filter(|line| line.contains("Cart")).collect::<Vec<_>>(),
        [&format!("function_calls_total{{function=\"Cart::first\",module=\"{module}\",outcome=\"ok\"}} 1")]
    );
    assert_eq!(lines("cart_second_total"), [r#"cart_second_total{outcome="ok"} 1"#]);
}

const LINE_ABOVE: u32 = line!();

/// Looked up by its location.
#[ops::metric]
static PLACED: ops::Counter;

#[ops::metric(name = "timed_once")]
#[ops::instrument_span("timed_once.span")]
async fn timed_once(fails: bool) -> Answer<()> {
    if fails {
        return Err(Declined);
    }
    Ok(())
}

#[test]
fn metric_and_span_share_one_clock_reading() {
    assert_eq!(poll(timed_once(true)), Poll::Ready(Err(Declined)));
    let sums = |family: &str| -> Vec<String> {
        lines(family).iter().filter_map(|line| Some(line.rsplit_once(' ')?.1.to_owned())).collect()
    };
    assert_eq!(sums("timed_once_duration_seconds_sum"), sums("timed_once_span_duration_seconds_sum"));
    assert_eq!(lines("timed_once_total"), [r#"timed_once_total{outcome="error"} 1"#]);
    assert!(lines("timed_once_in_flight").is_empty());
}

#[test]
fn location_is_the_line_of_the_item() {
    let catalog = ops::catalog();
    let placed = catalog.metrics().find(|metric| metric.name == "placed_total").expect("`placed_total` is linked");
    assert_eq!(placed.location.line, LINE_ABOVE + 4);
    assert!(placed.location.file.ends_with("expansions/outcomes.rs"));
    assert_eq!((placed.location.module, placed.location.package), (module_path!(), "ops-ui-tests"));
}

#[ops::metric(name = "redis_command")]
#[ops::instrument_span("redis.command")]
fn redis_command(fails: bool) -> Result<(), String> {
    if fails { Err("refused".to_owned()) } else { Ok(()) }
}

#[ops::metric(name = "ping")]
#[ops::instrument_span]
fn ping() {}

#[test]
fn metric_and_span_of_the_same_name_share_a_histogram() {
    assert!(ops::registry::LinkedMetrics::linked().is_ok());
    assert!(redis_command(true).is_err() && redis_command(false).is_ok());
    ping();
    let text = metrics().to_text();
    for line in [
        "redis_command_duration_seconds_count{outcome=\"error\"} 1\n",
        "redis_command_duration_seconds_count{outcome=\"ok\"} 1\n",
        "ping_duration_seconds_count{outcome=\"ok\"} 1\n",
    ] {
        assert!(text.contains(line), "{line}");
    }
    assert!(!text.contains("redis_command_duration_seconds_count ") && !text.contains("ping_duration_seconds_count "));
}

mod methods {
    pub(super) struct A;
    pub(super) struct B<T>(pub(super) T);

    pub(super) trait Runs {
        #[ops::metric]
        fn run_by_default(&self) {}

        fn run_required(&self);
    }

    impl A {
        #[ops::metric]
        pub(super) fn run(&self) {}

        #[ops::metric]
        pub(super) fn new() -> Self {
            A
        }
    }

    impl<T> B<T> {
        #[ops::metric]
        pub(super) fn run(&self) {}

        #[ops::metric]
        #[ops::instrument_span("methods.new")]
        pub(super) fn new(inner: T) -> Self {
            B(inner)
        }
    }

    impl Runs for A {
        #[ops::metric]
        fn run_required(&self) {}
    }

    impl<T> Runs for B<T> {
        #[ops::metric]
        fn run_required(&self) {}
    }

    #[ops::metric]
    pub(super) fn run() {
        #[ops::metric]
        fn inner() {}
        inner();
    }
}

#[test]
fn individually_annotated_methods_are_named_after_their_type() {
    use methods::{A, B, Runs};
    A::new().run();
    B::new(A).run();
    A.run_required();
    B(A).run_required();
    A.run_by_default();
    methods::run();
    let text = metrics().to_text();
    let module = format!("{}::methods", module_path!());
    let counted = |outcome: &str| {
        let labels = format!("\",module=\"{module}\",outcome=\"{outcome}\"}} 1");
        let functions = text.lines().filter_map(|line| {
            line.strip_prefix("function_calls_total{function=\"")?.strip_suffix(&labels).map(str::to_owned)
        });
        functions.collect::<Vec<_>>()
    };
    let functions = [
        "A::new",
        "A::run",
        "A::run_required",
        "B::new",
        "B::run",
        "B::run_required",
        "Runs::run_by_default",
        "inner",
        "run",
    ];
    assert_eq!(counted("ok"), functions);
}
