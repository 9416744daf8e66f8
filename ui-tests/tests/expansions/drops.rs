//! When arguments, locals and temporaries are dropped: as in the function without the attribute.

use std::cell::RefCell;
use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Tells when it is dropped.
struct Tells(&'static str);

impl Drop for Tells {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

impl Tells {
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// The functions of a module, under `$attribute` or without any.
macro_rules! functions {
    ($module:ident $(#[$attribute:meta])*) => {
        mod $module {
            use super::{Future, Pin, Tells, ready};

            $(#[$attribute])*
            pub(super) fn stays(_unused: Tells, used: Tells, mut changed: Tells) -> usize {
                let _local = Tells("local");
                let before = changed.len();
                changed = Tells("new");
                used.len() + before + changed.len() + Tells("temporary").len()
            }

            $(#[$attribute])*
            pub(super) fn returns_a_closure(_unused: Tells, used: Tells, mut changed: Tells) -> impl Fn(&usize) -> usize {
                let _local = Tells("local");
                let before = changed.len();
                changed = Tells("new");
                let length = changed.len() + Tells("temporary").len();
                move |&more| used.len() + before + length + more
            }

            $(#[$attribute])*
            pub(super) fn boxes_a_future(_unused: Tells, used: Tells, changed: Tells) -> Pin<Box<dyn Future<Output = usize>>> {
                let local = Tells("local");
                if changed.len() == 0 {
                    return Box::pin(ready(0));
                }
                Box::pin(async move {
                    let inside = Tells("inside");
                    ready(Tells("output")).await;
                    used.len() + local.len() + inside.len() + Tells("temporary").len()
                })
            }

            $(#[$attribute])*
            pub(super) async fn stays_in_time(_unused: Tells, used: Tells, mut changed: Tells) -> usize {
                let _local = Tells("local");
                let before = ready(changed.len()).await;
                ready(Tells("output")).await;
                ready(Tells("argument").len() + Tells("other").len()).await;
                changed = Tells("new");
                used.len() + before + changed.len() + Tells("temporary").len()
            }
        }
    };
}

functions!(plain);
functions!(counted #[ops::metric]);
functions!(both #[ops::metric] #[ops::instrument_span]);

fn arguments() -> [Tells; 3] {
    [Tells("unused"), Tells("used"), Tells("old")]
}

/// What is dropped while `call` runs, in order.
fn dropped(call: impl FnOnce([Tells; 3]) -> usize) -> Vec<&'static str> {
    call(arguments());
    DROPPED.take()
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

#[test]
fn a_body_that_stays_where_it_is_drops_as_without_the_attribute() {
    let plain = dropped(|[a, b, c]| plain::stays(a, b, c));
    assert_eq!(plain, ["old", "temporary", "local", "new", "used", "unused"]);
    assert_eq!(dropped(|[a, b, c]| counted::stays(a, b, c)), plain);
    assert_eq!(dropped(|[a, b, c]| both::stays(a, b, c)), plain);
}

#[test]
fn a_function_that_returns_a_closure_or_a_boxed_future_drops_as_without_the_attribute() {
    let plain = dropped(|[a, b, c]| plain::returns_a_closure(a, b, c)(&1));
    assert_eq!(plain, ["old", "temporary", "local", "new", "unused", "used"]);
    assert_eq!(dropped(|[a, b, c]| counted::returns_a_closure(a, b, c)(&1)), plain);
    assert_eq!(dropped(|[a, b, c]| both::returns_a_closure(a, b, c)(&1)), plain);

    let plain = dropped(|[a, b, c]| now(plain::boxes_a_future(a, b, c)));
    assert_eq!(plain, ["old", "unused", "output", "temporary", "inside", "used", "local"]);
    assert_eq!(dropped(|[a, b, c]| now(counted::boxes_a_future(a, b, c))), plain);
    assert_eq!(dropped(|[a, b, c]| now(both::boxes_a_future(a, b, c))), plain);
}

#[test]
fn an_async_body_drops_as_without_the_attribute() {
    let plain = dropped(|[a, b, c]| now(plain::stays_in_time(a, b, c)));
    assert_eq!(dropped(|[a, b, c]| now(counted::stays_in_time(a, b, c))), plain);
    assert_eq!(dropped(|[a, b, c]| now(both::stays_in_time(a, b, c))), plain);
}
