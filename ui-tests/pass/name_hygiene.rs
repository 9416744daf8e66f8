//! Name hygiene: user items with names that an expansion could use do not affect it.
//!
//! The items are blanket-implemented traits in scope, constants, statics, functions and arguments.
#![deny(warnings, clippy::all)]
#![allow(dead_code, non_camel_case_types, non_upper_case_globals, reason = "under test")]
#![allow(clippy::wrong_self_convention, clippy::should_implement_trait, reason = "under test")]
#![forbid(unsafe_code)]

use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Declares a trait for all types whose methods take `$this` and have names that expansions use.
macro_rules! for_all_types {
    ($name:ident: $($this:tt)+) => {
        trait $name {
            for_all_types! { methods ($($this)+)
                enter enter_with exit finish finish_after outcome error kind measure measure_boxed pass_on is_none clone drop
                function span labels buckets location help timeout critical tags groups run poll into_future await_ index
                write write_nth push push_str label label_with label_nth key erased values names combinations with_options unit
                limit expire max_series ttl fields field is_err inspect
            }
        }

        impl<T: ?Sized> $name for T {}
    };
    (methods $this:tt $($method:ident)+) => {
        $(for_all_types! { method $this $method })+
    };
    (method ($($this:tt)+) $method:ident) => {
        fn $method($($this)+) -> ! where Self: Sized {
            unreachable!(concat!(stringify!($method), " is not called by the expansion"))
        }
    };
}

for_all_types! { ByValue: self }
for_all_types! { ByReference: &self }
for_all_types! { ByMutableReference: &mut self }

/// Constants, which a pattern would match instead of binding a name.
mod constants {
    pub(crate) const call: u8 = 1;
    pub(crate) const returned: u8 = 1;
    pub(crate) const span: u8 = 1;
    pub(crate) const outcome: u8 = 1;
    pub(crate) const future: u8 = 1;
    pub(crate) const value: u8 = 1;
    pub(crate) const missing: u8 = 1;
    pub(crate) const measured: u8 = 1;
    pub(crate) const argument_0: u8 = 1;
    pub(crate) const to: u8 = 1;
    pub(crate) const n: u8 = 1;
    pub(crate) const key: u8 = 1;
    pub(crate) const digit_0: u8 = 1;
    pub(crate) static active: u8 = 1;
    pub(crate) struct result;
}
use constants::*;

const SITE: &str = "site_calls";
const ENTRY: &str = "entry_calls";
const BUCKETS: ops::Buckets = ops::Buckets::list(&[1.0, 2.0]);

#[ops::metric(name = SITE, buckets = BUCKETS)]
#[ops::instrument_span("site.span", fields(value = value, active = active))]
fn site() -> u8 {
    returned + span
}

/// A static with a name that an expansion could use.
#[ops::metric(name = ENTRY)]
static ENTRIES: ops::Counter<Labels>;

#[derive(ops::Labels)]
struct Labels {
    to: u8,
    n: Channel,
    key: u8,
}

#[derive(ops::LabelValue)]
enum Channel {
    Web,
}

#[ops::metric]
#[ops::instrument_span(fields(number = number))]
fn fallible(number: u8) -> Result<u8, String> {
    let number: u8 = number.to_string().parse().map_err(|_| "no number")?;
    Ok(number + call)
}

#[ops::metric(name = "labeled", labels(call: u8 = number, span = "span"), none = "error")]
#[ops::instrument_span]
fn labeled(number: u8) -> Option<u8> {
    if number > 1 {
        return None;
    }
    Some(outcome)
}

#[ops::metric]
#[ops::instrument_span]
async fn asynchronous(number: u8) -> Result<u8, String> {
    ready(()).await;
    if number > 1 {
        return Err("too many".to_owned());
    }
    Ok(ready(future).await)
}

#[ops::metric]
#[ops::instrument_span]
async fn with_a_question(number: Result<u8, String>) -> Result<u8, String> {
    let number = ready(number).await?;
    Ok(number + value)
}

#[ops::metric]
#[ops::instrument_span]
fn opaque(number: u8) -> impl Future<Output = u8> {
    let number = number + 1;
    async move { number + measured }
}

#[ops::metric]
#[ops::instrument_span]
fn boxed(number: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    if number > 1 {
        return Box::pin(ready(active));
    }
    Box::pin(async move { number + value })
}

#[ops::metric]
#[ops::instrument_span]
fn passed_on(number: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    boxed(number)
}

#[ops::metric]
#[ops::instrument_span]
fn closure() -> impl Fn(&u8) -> u8 {
    |&number| number + value
}

struct Cart;

#[ops::metric(none = "error")]
impl Cart {
    fn total(&self) -> Option<u8> {
        Some(returned)
    }

    #[ops::instrument_span]
    fn close(&mut self) {}
}

/// Arguments, in a module without constants of the same names.
mod arguments {
    type Numbers = [u8; 6];

    #[ops::metric(name = "arguments", labels(call = call, site = SITE))]
    #[ops::instrument_span(fields(span = span))]
    #[allow(non_snake_case, reason = "under test")]
    pub(crate) fn of_calls(
        call: u8,
        span: u8,
        returned: u8,
        outcome: u8,
        value: u8,
        SITE: u8,
    ) -> Result<Numbers, String> {
        if call == 0 {
            return Err("nothing".to_owned());
        }
        Ok([call, span, returned, outcome, value, SITE])
    }

    #[ops::metric]
    #[ops::instrument_span]
    pub(crate) async fn of_futures(mut future: u8, measured: u8, kind: u8) -> Result<u8, std::num::ParseIntError> {
        future += std::future::ready("1").await.parse::<u8>()?;
        Ok(future + measured + kind)
    }
}

mod checks {
    #[ops::health_check("context")]
    fn context() {}

    #[ops::health_check("with_a_context")]
    async fn value(_context: ops::CheckContext) -> Result<(), String> {
        Ok(())
    }

    #[ops::health_check("argument")]
    fn argument_0(_cart: ops::Resource<super::Cart>) {}

    #[ops::health_check("missing")]
    fn missing(_cart: &ops::Resource<super::Cart>, _context: ops::CheckContext) {}
}

mod constant_checks {
    use super::constants::*;

    #[ops::health_check("among_constants")]
    fn check(_cart: ops::Resource<super::Cart>, _context: ops::CheckContext) -> Result<(), String> {
        assert_eq!(value + missing + argument_0, 3);
        Ok(())
    }
}

fn now<F: Future>(future_of: F) -> F::Output {
    match Future::poll(pin!(future_of), &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the future is always ready"),
    }
}

fn main() {
    assert_eq!(site(), 2);
    ENTRIES.with(&Labels { to: 1, n: Channel::Web, key: 1 }).inc();
    assert_eq!(fallible(1), Ok(2));
    assert_eq!((labeled(1), labeled(2)), (Some(1), None));
    assert_eq!((now(asynchronous(1)), now(asynchronous(2))), (Ok(1), Err("too many".to_owned())));
    assert_eq!(now(with_a_question(Ok(1))), Ok(2));
    assert_eq!((now(opaque(1)), now(boxed(1)), now(boxed(2)), now(passed_on(1))), (3, 2, 1, 2));
    assert_eq!(closure()(&1), 2);
    assert_eq!(Cart.total(), Some(1));
    Cart.close();
    assert_eq!(arguments::of_calls(1, 2, 3, 4, 5, 6), Ok([1, 2, 3, 4, 5, 6]));
    assert_eq!(now(arguments::of_futures(1, 1, 1)), Ok(4));
    let text = ops::metrics().to_text();
    for line in [
        "site_calls_total{outcome=\"ok\"} 1\n",
        "entry_calls_total{to=\"1\",n=\"web\",key=\"1\"} 1\n",
        "labeled_total{call=\"2\",span=\"span\",outcome=\"error\"} 1\n",
    ] {
        assert!(text.contains(line), "{line}");
    }
}
