//! The attributes do not change the drop order of arguments, locals and temporaries.

use std::cell::RefCell;
use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Records its drop in [`DROPPED`].
struct Traced(&'static str);

impl Drop for Traced {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

impl Traced {
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Declares a module of functions with the given attributes.
macro_rules! functions {
    ($module:ident $(#[$attribute:meta])*) => {
        mod $module {
            use super::{Future, Pin, Traced, ready};

            $(#[$attribute])*
            pub(super) fn plain_body(_unused: Traced, used: Traced, mut changed: Traced) -> usize {
                let _local = Traced("local");
                let before = changed.len();
                changed = Traced("new");
                used.len() + before + changed.len() + Traced("temporary").len()
            }

            $(#[$attribute])*
            pub(super) fn returns_a_closure(_unused: Traced, used: Traced, mut changed: Traced) -> impl Fn(&usize) -> usize {
                let _local = Traced("local");
                let before = changed.len();
                changed = Traced("new");
                let length = changed.len() + Traced("temporary").len();
                move |&more| used.len() + before + length + more
            }

            $(#[$attribute])*
            pub(super) fn boxes_a_future(_unused: Traced, used: Traced, changed: Traced) -> Pin<Box<dyn Future<Output = usize>>> {
                let local = Traced("local");
                if changed.len() == 0 {
                    return Box::pin(ready(0));
                }
                Box::pin(async move {
                    let inside = Traced("inside");
                    ready(Traced("output")).await;
                    used.len() + local.len() + inside.len() + Traced("temporary").len()
                })
            }

            $(#[$attribute])*
            pub(super) async fn plain_async_body(_unused: Traced, used: Traced, mut changed: Traced) -> usize {
                let _local = Traced("local");
                let before = ready(changed.len()).await;
                ready(Traced("output")).await;
                ready(Traced("argument").len() + Traced("other").len()).await;
                changed = Traced("new");
                used.len() + before + changed.len() + Traced("temporary").len()
            }
        }
    };
}

functions!(plain);
functions!(counted #[ops::metric]);
functions!(both #[ops::metric] #[ops::instrument_span]);

fn arguments() -> [Traced; 3] {
    [Traced("unused"), Traced("used"), Traced("old")]
}

/// Returns the values that `call` drops, in order.
fn dropped(call: impl FnOnce([Traced; 3]) -> usize) -> Vec<&'static str> {
    call(arguments());
    DROPPED.take()
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the future is always ready"),
    }
}

#[test]
fn in_place_body_keeps_drop_order() {
    let plain = dropped(|[a, b, c]| plain::plain_body(a, b, c));
    assert_eq!(plain, ["old", "temporary", "local", "new", "used", "unused"]);
    assert_eq!(dropped(|[a, b, c]| counted::plain_body(a, b, c)), plain);
    assert_eq!(dropped(|[a, b, c]| both::plain_body(a, b, c)), plain);
}

#[test]
fn returned_closures_and_boxed_futures_keep_drop_order() {
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
fn async_body_keeps_drop_order() {
    let plain = dropped(|[a, b, c]| now(plain::plain_async_body(a, b, c)));
    assert_eq!(dropped(|[a, b, c]| now(counted::plain_async_body(a, b, c))), plain);
    assert_eq!(dropped(|[a, b, c]| now(both::plain_async_body(a, b, c))), plain);
}
