//! Functions with every kind of pattern and generics, in every position, under strict lints.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, missing_docs, rustdoc::all)]
#![allow(
    clippy::missing_const_for_fn,
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    clippy::redundant_pub_crate,
    clippy::toplevel_ref_arg,
    clippy::trivially_copy_pass_by_ref,
    reason = "they are about what is written here, not about what is made of it"
)]
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::{Future, ready};
use std::hash::Hash;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Point {
    x: u8,
    y: u8,
}

/// A number.
#[derive(Debug)]
struct Wrapped(String);

#[ops::metric]
#[ops::instrument_span(fields(x = x, y = y))]
fn by_fields(Point { x, mut y }: Point) -> u8 {
    y += x;
    y
}

#[ops::metric]
#[ops::instrument_span]
fn by_reference(&Point { x, .. }: &Point, Wrapped(text): &Wrapped) -> usize {
    text.len() + usize::from(x)
}

#[ops::metric]
#[ops::instrument_span]
fn of_tuples((mut word, times): (&str, usize), [first, .., last]: [u8; 4], _: u8) -> usize {
    let longer = word.repeat(times);
    if times > 1 {
        word = &longer;
    }
    word.len() + usize::from(first + last)
}

#[ops::metric]
#[ops::instrument_span]
async fn of_tuples_async((mut word, times): (&str, usize), _: u8, ref kept: String) -> usize {
    let longer = word.repeat(times);
    if times > 1 {
        word = &longer;
    }
    ready(word.len()).await + kept.len()
}

#[ops::metric]
#[ops::instrument_span]
fn bound(mut all @ (_, _): (u8, u8)) -> (u8, u8) {
    all.0 += 1;
    all
}

#[ops::metric]
#[ops::instrument_span]
fn higher_ranked<F>(cut: F, text: &str) -> usize
where
    F: for<'a> Fn(&'a str) -> &'a str,
{
    cut(text).len()
}

#[ops::metric]
#[ops::instrument_span]
fn calls(mut with: impl FnMut(&mut u8) -> u8, times: u8) -> u8 {
    let mut sum = 0;
    for mut time in 0..times {
        sum += with(&mut time);
    }
    sum
}

#[ops::metric]
#[ops::instrument_span]
fn counted<K, V, const N: usize>(pairs: [(K, V); N]) -> BTreeMap<K, Vec<V>>
where
    K: Ord + Hash + Clone,
{
    let mut counted = BTreeMap::new();
    for (key, value) in pairs {
        counted.entry(key).or_insert_with(Vec::new).push(value);
    }
    counted
}

#[ops::metric]
#[ops::instrument_span]
fn longest<'a, 'b: 'a>(one: &'a str, other: &'b str) -> &'a str {
    if one.len() > other.len() { one } else { other }
}

#[ops::metric]
#[ops::instrument_span]
fn iterates<'a, T: Debug>(items: &'a [T]) -> Box<dyn Iterator<Item = String> + 'a> {
    Box::new(items.iter().map(|item| format!("{item:?}")))
}

#[ops::metric]
#[ops::instrument_span]
fn nested(number: u8) -> Option<Result<impl Iterator<Item = u8>, String>> {
    if number == 0 {
        return None;
    }
    Some(Ok(0..number))
}

#[ops::metric]
#[ops::instrument_span]
fn returns_a_closure(by: u8) -> impl Fn(u8) -> u8 {
    move |number| number + by
}

#[ops::metric]
#[ops::instrument_span]
fn factorial(number: u64) -> u64 {
    if number < 2 { 1 } else { number * factorial(number - 1) }
}

#[ops::metric]
#[ops::instrument_span]
fn sum_async(number: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move { if number == 0 { 0 } else { number + sum_async(number - 1).await } })
}

#[ops::metric]
#[ops::instrument_span]
async fn recursive(number: u64) -> u64 {
    if number == 0 { 0 } else { number + Box::pin(recursive(number - 1)).await }
}

#[ops::metric]
#[track_caller]
#[inline(never)]
fn located() -> u32 {
    Location::caller().line()
}

#[ops::metric]
#[ops::instrument_span]
fn labeled_loop(numbers: &[u8]) -> Result<u8, String> {
    let found = 'search: {
        for number in numbers {
            if *number > 3 {
                break 'search Some(*number);
            }
        }
        None
    };
    let Some(found) = found else { return Err("none".into()) };
    Ok(found)
}

#[ops::metric]
#[ops::instrument_span]
fn returns_mutable_borrow<'a>(words: &'a mut Vec<String>, word: &mut String) -> Option<&'a mut String> {
    words.push(std::mem::take(word));
    words.last_mut()
}

#[ops::metric]
#[ops::instrument_span]
async fn borrows_async<'a>(words: &'a mut [String], _: &str) -> Option<&'a mut String> {
    ready(words).await.first_mut()
}

/// Type with smart-pointer receivers.
#[derive(Debug)]
struct Cart<T> {
    items: Vec<T>,
}

#[ops::metric]
impl<T: Clone + Send + Sync + 'static> Cart<T> {
    #[ops::instrument_span]
    fn shared(self: &Arc<Self>) -> usize {
        self.items.len()
    }

    #[ops::instrument_span]
    async fn pinned(self: Pin<&mut Self>) -> usize {
        ready(self.items.len()).await
    }

    fn own(self: Rc<Self>) -> usize {
        self.items.len()
    }

    #[ops::metric(name = "cart_take", labels(all: bool = count == self.items.len()))]
    fn take(&mut self, count: usize) -> impl Iterator<Item = T> + use<T> {
        self.items.drain(..count).collect::<Vec<_>>().into_iter()
    }
}

impl<T> Drop for Cart<T> {
    #[ops::metric]
    fn drop(&mut self) {
        self.items.clear();
    }
}

impl<T: PartialEq> PartialEq for Cart<T> {
    #[ops::metric]
    #[ops::instrument_span]
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

mod private {
    pub(super) fn outer() -> u8 {
        #[ops::metric]
        #[ops::instrument_span]
        fn inner() -> u8 {
            7
        }

        #[derive(Debug)]
        struct Local;

        #[ops::metric]
        impl Local {
            fn eight() -> u8 {
                8
            }
        }

        inner() + Local::eight()
    }
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the future is always ready"),
    }
}

fn main() {
    let point = Point { x: 1, y: 2 };
    assert_eq!((by_fields(point), by_reference(&point, &Wrapped("ab".to_owned()))), (3, 3));
    assert_eq!(of_tuples(("ab", 2), [1, 2, 3, 4], 0), 9);
    assert_eq!(now(of_tuples_async(("ab", 2), 1, "c".to_owned())), 5);
    assert_eq!(bound((1, 2)), (2, 2));
    assert_eq!(higher_ranked(|text| &text[1..], "abc"), 2);
    assert_eq!(calls(|number| *number + 1, 3), 6);
    assert_eq!(counted([("a", 1), ("a", 2)])["a"], [1, 2]);
    assert_eq!(longest("a", "bc"), "bc");
    assert_eq!(iterates(&[1]).collect::<Vec<_>>(), ["1"]);
    assert_eq!(nested(2).and_then(Result::ok).map(Iterator::count), Some(2));
    assert_eq!(returns_a_closure(1)(2), 3);
    assert_eq!((factorial(4), now(sum_async(3)), now(recursive(3))), (24, 6, 6));
    assert!(located() > 0);
    assert_eq!(labeled_loop(&[1, 5]), Ok(5));
    let mut words = Vec::new();
    assert_eq!(returns_mutable_borrow(&mut words, &mut "a".to_owned()).map(|word| word.len()), Some(1));
    assert!(now(borrows_async(&mut words, "")).is_some());
    let mut cart = Cart { items: vec![1, 2] };
    assert_eq!(now(Pin::new(&mut cart).pinned()), 2);
    assert_eq!(cart.take(1).count(), 1);
    let other = Cart { items: vec![2] };
    assert!(cart == other);
    assert_eq!((Arc::new(cart).shared(), Rc::new(Cart { items: vec![1] }).own()), (1, 1));
    assert_eq!(private::outer(), 15);
}
