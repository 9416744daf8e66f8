//! Functions that return closures whose argument types come from the return type.
#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::unused_async, reason = "under test")]
#![forbid(unsafe_code)]

use std::fmt::{Debug, Display};

type Adder = Box<dyn FnOnce(u32) -> u32>;

type Power = Box<dyn Fn(&u32) -> u32>;

#[ops::metric]
#[ops::instrument_span]
fn adder(by: u32) -> impl Fn(u32) -> Adder {
    move |first| Box::new(move |second| first.pow(2) + second + by)
}

#[ops::metric]
#[ops::instrument_span]
fn ignoring<T>(found: bool) -> impl Fn(&T) -> bool {
    move |_| !found
}

#[ops::metric]
#[ops::instrument_span]
fn by_pattern<'a>(entries: &'a [String]) -> impl Fn(&usize) -> &'a str + 'a {
    move |&at| entries[at].as_str()
}

#[ops::metric]
#[ops::instrument_span]
fn after_a_guard_clause(early: bool) -> impl Fn(&u32) -> u32 {
    let mut by = 0;
    if early {
        by += 1;
    }
    move |&number| number.pow(2) + by
}

#[ops::metric]
#[ops::instrument_span]
fn returned_early(negated: bool) -> impl FnMut(&mut u32) {
    let mut calls = 0;
    if negated {
        return move |number| {
            calls += 1;
            *number = number.pow(2) + calls;
        };
    }
    unreachable!("`negated` is always true in this test")
}

#[ops::metric]
#[ops::instrument_span]
fn in_a_tuple() -> (impl Fn(&str) -> usize, u8) {
    (|word| word.trim().len(), 1)
}

/// Trait with `Fn` as supertrait.
trait Predicate: Fn(&str) -> bool {}

impl<F: Fn(&str) -> bool> Predicate for F {}

#[ops::metric]
#[ops::instrument_span]
fn longer_than(length: usize) -> impl Predicate {
    let length = length.max(1);
    move |word| word.trim().len() > length
}

#[ops::metric]
#[ops::instrument_span]
fn fallible() -> impl Fn(&str) -> Result<u8, std::num::ParseIntError> {
    |word| {
        let number = word.trim().parse()?;
        Ok(number)
    }
}

#[ops::metric]
#[ops::instrument_span]
fn asynchronous() -> impl AsyncFn(&u32) -> u32 {
    async move |&number| number.pow(2)
}

#[ops::metric]
#[ops::instrument_span]
async fn in_an_async_fn(by: u32) -> impl Fn(&u32) -> u32 {
    move |&number| number.pow(2) + by
}

#[ops::metric]
#[ops::instrument_span]
async fn after_an_await(by: u32) -> impl Fn(&u32) -> u32 {
    let by = std::future::ready(by).await;
    move |&number| number.pow(2) + by
}

#[ops::metric]
#[ops::instrument_span]
fn boxed(doubles: bool) -> Box<dyn Fn(&u32) -> u32> {
    if doubles {
        return Box::new(|&number| number.pow(2));
    }
    Box::new(|number| number.pow(3))
}

#[ops::metric]
#[ops::instrument_span]
fn optional(number: &str) -> Option<Power> {
    let by = number.parse::<u32>().ok()?;
    Some(Box::new(move |&number| number.pow(by)))
}

#[ops::metric]
#[ops::instrument_span]
fn referenced() -> &'static dyn Fn(&u32) -> u32 {
    &|&number| number.pow(2)
}

#[ops::metric]
#[ops::instrument_span]
fn pointer(adds: bool) -> fn(&u32) -> u32 {
    if adds {
        return |number| number + 1;
    }
    |&number| number.pow(2)
}

/// Trait from which the type of the returned value is inferred.
trait Answer: Debug {}

impl Answer for Result<u8, String> {}

impl Answer for Option<Vec<u8>> {}

#[ops::metric]
#[ops::instrument_span]
fn without_an_error() -> impl Answer {
    Ok(1)
}

#[ops::metric]
#[ops::instrument_span]
fn without_a_value() -> impl Answer {
    let nothing = None;
    if false {
        return nothing;
    }
    nothing
}

#[ops::metric]
#[ops::instrument_span]
fn inside_a_dyn(word: &str) -> Result<Box<dyn Iterator<Item = impl Display>>, std::num::ParseIntError> {
    let number: u8 = word.parse()?;
    Ok(Box::new(std::iter::once(number)))
}

#[ops::metric]
#[ops::instrument_span]
fn of_boxes() -> impl Iterator<Item = Box<dyn Fn(u32) -> u32>> {
    (0..3_u32).map(|by| Box::new(move |number| number + by) as _)
}

fn main() {
    assert_eq!(adder(1)(2)(3), 8);
    assert!(ignoring::<u8>(false)(&1));
    assert_eq!(by_pattern(&["a".to_owned()])(&0), "a");
    assert_eq!(after_a_guard_clause(true)(&2), 5);
    let mut number = 2;
    returned_early(true)(&mut number);
    assert_eq!(number, 5);
    let (length, one) = in_a_tuple();
    assert_eq!((length(" a"), one), (1, 1));
    assert!(longer_than(0)("ab"));
    assert_eq!(fallible()("1"), Ok(1));
    drop(asynchronous());
    drop(in_an_async_fn(1));
    drop(after_an_await(1));
    assert_eq!((boxed(true)(&2), boxed(false)(&2)), (4, 8));
    assert_eq!(optional("3").map(|to| to(&2)), Some(8));
    assert_eq!((referenced()(&3), pointer(false)(&3), pointer(true)(&3)), (9, 9, 4));
    assert_eq!(format!("{:?} {:?}", without_an_error(), without_a_value()), "Ok(1) None");
    assert_eq!(inside_a_dyn("7").map(|all| all.map(|number| number.to_string()).collect()), Ok("7".to_owned()));
    assert_eq!(of_boxes().map(|add| add(1)).sum::<u32>(), 6);
    let text = ops::metrics().to_text();
    for (function, outcome) in [
        ("adder", "ok"),
        ("returned_early", "ok"),
        ("in_a_tuple", "ok"),
        ("longer_than", "ok"),
        ("without_an_error", "ok"),
    ] {
        let labels = format!("{{function=\"{function}\",module=\"returned_closures\",outcome=\"{outcome}\"}}");
        assert!(text.contains(&format!("function_calls_total{labels} 1\n")), "{function}");
    }
}
