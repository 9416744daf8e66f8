//! Functions with every kind of signature, under strict lints.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, missing_docs)]
#![allow(
    clippy::future_not_send,
    clippy::missing_const_for_fn,
    clippy::redundant_clone,
    clippy::redundant_pub_crate,
    clippy::use_self,
    reason = "these lints concern the test code, not the expansion"
)]
#![forbid(unsafe_code)]

use ready::block_on;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;

/// Adds two numbers.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn add(left: u64, right: u64) -> u64 {
    left + right
}

/// Returns nothing.
#[ops::metric]
#[ops::instrument_span]
pub fn nothing() {}

/// Returns a borrow of an argument.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn first(words: &[String]) -> &str {
    words.first().map_or("", |word| word.as_str())
}

/// Returns a mutable borrow of an argument.
#[ops::instrument_span]
#[ops::metric]
pub fn push<'a>(words: &'a mut Vec<String>, word: &str) -> &'a mut String {
    words.push(word.to_owned());
    let last = words.len() - 1;
    &mut words[last]
}

/// Generic function with bounds, a const parameter and an early return.
///
/// # Errors
/// If `of` is empty.
#[ops::metric]
#[ops::instrument_span]
pub fn largest<T, const N: usize>(of: [T; N]) -> Result<T, &'static str>
where
    T: Ord + Clone,
{
    let mut largest = of.first().ok_or("nothing")?;
    for next in &of {
        if next > largest {
            largest = next;
        }
    }
    if N == 1 {
        return Ok(largest.clone());
    }
    Ok(largest.clone())
}

/// Takes and returns `impl Trait`.
#[ops::metric]
#[ops::instrument_span]
pub fn lengths(words: impl Iterator<Item = String>) -> impl Iterator<Item = usize> {
    words.map(|word| word.len())
}

/// Returns `impl Trait` inside a `Result`.
///
/// # Errors
/// Never.
#[ops::metric]
pub fn shown(number: u8) -> Result<impl Display, std::fmt::Error> {
    if number == 0 {
        return Ok(String::new());
    }
    Ok(number.to_string())
}

/// Infers a type from the return type.
#[ops::metric]
#[must_use]
pub fn doubled(numbers: &[u32]) -> Vec<u32> {
    numbers.iter().map(|number| number * 2).collect()
}

/// Destructures its arguments.
#[ops::metric]
#[ops::instrument_span(fields(x = x, ?y))]
#[must_use]
pub fn sum((x, y): (i32, i32), [a, b]: [i32; 2]) -> i32 {
    x + y + a + b
}

/// Assigns the borrow of a local to a part of an argument.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn reassigned((mut word, times): (&str, usize)) -> usize {
    let longer = word.repeat(times);
    if times > 1 {
        word = &longer;
    }
    word.len()
}

/// Assigns the borrow of a local to an argument in an `async fn`.
#[ops::metric]
#[ops::instrument_span]
pub async fn reassigned_async(mut word: &str, times: usize) -> usize {
    let longer = word.repeat(times);
    if times > 1 {
        word = &longer;
    }
    std::future::ready(()).await;
    word.len()
}

/// `async` function with `?`, an early return and a coercion.
///
/// # Errors
/// If `text` is not a number.
#[ops::metric(name = "parsed", labels(empty = text.is_empty(), length: bool = text.len() > 3))]
#[ops::instrument_span("text.parse", fields(text.length = text.len(), text = text, shown = %text, debug = ?text))]
pub async fn parse(text: &str) -> Result<Box<dyn Display + Send>, Box<dyn std::error::Error + Send + Sync>> {
    if text.is_empty() {
        return Ok(Box::new("empty"));
    }
    let number: u32 = text.parse()?;
    std::future::ready(()).await;
    Ok(Box::new(number))
}

/// `async` function with guard clauses.
///
/// # Errors
/// If `number` is less than 2.
#[ops::metric]
pub async fn halve(number: u8) -> Result<Box<dyn Display + Send>, Box<dyn std::error::Error + Send + Sync>> {
    if number == 0 {
        return Err("nothing to halve".into());
    }
    std::future::ready(()).await;
    if number == 1 {
        return Err(Box::from("not enough to halve"));
    }
    Ok(Box::new(number / 2))
}

/// Returns a generic error.
///
/// # Errors
/// Always.
#[ops::metric]
#[ops::instrument_span]
pub async fn generic_error<T: Send>(value: T) -> Result<(), T> {
    std::future::ready(()).await;
    Err(value)
}

/// Body with inner attributes.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn inner() -> u8 {
    #![allow(clippy::let_and_return)]
    let byte = 1;
    byte
}

/// Function with the C ABI.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub extern "C" fn foreign(number: i32) -> i32 {
    number
}

/// Never returns.
#[ops::metric]
#[ops::instrument_span]
pub fn never() -> ! {
    std::process::exit(0)
}

/// `async` function that never returns.
#[ops::metric]
#[ops::instrument_span]
pub async fn never_async() -> ! {
    std::future::ready(()).await;
    std::process::exit(0)
}

/// Diverges despite its return type.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn diverging() -> u8 {
    std::process::exit(1)
}

/// `async` function that diverges despite its return type.
#[ops::metric]
pub async fn diverging_async() -> u8 {
    std::future::ready(()).await;
    loop {
        std::thread::yield_now();
    }
}

/// Function named by a raw identifier.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn r#match(r#type: u8) -> u8 {
    r#type
}

/// Returns a boxed future.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn boxed<'a>(word: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move { word.len() })
}

/// Type with every kind of receiver.
#[derive(Debug)]
pub struct Cart<T> {
    items: Vec<T>,
}

#[ops::metric]
impl<T: Clone + Display> Cart<T> {
    const EMPTY: usize = {
        const ZERO: usize = 0;
        ZERO
    };

    /// No receiver.
    #[must_use]
    pub fn new(items: Vec<T>) -> Self {
        Cart { items }
    }

    /// Shared reference receiver.
    #[ops::instrument_span("cart.first", fields(items = self.items.len()))]
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        let item = self.items.get(Self::EMPTY)?;
        Some(item)
    }

    /// Mutable reference receiver.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.items.last_mut()
    }

    /// Receiver by value.
    #[must_use]
    pub fn into_items(mut self) -> Vec<T> {
        self.items.truncate(2);
        self.items
    }

    /// Boxed receiver.
    #[must_use]
    #[expect(clippy::boxed_local, reason = "under test")]
    pub fn unbox(self: Box<Self>) -> Vec<T> {
        self.items
    }

    /// Method with a named metric.
    #[ops::metric(name = "cart_len")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Method without a metric.
    #[ops::metric(skip)]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// `async` method.
    pub async fn total(&self) -> usize {
        std::future::ready(self.items.len()).await
    }
}

/// Trait with a default method.
pub trait Shop {
    /// Method with a default body.
    #[ops::metric]
    #[ops::instrument_span]
    fn name(&self) -> String {
        "shop".to_owned()
    }

    /// Method without a body.
    fn open(&mut self) -> bool;

    /// Method that returns a future.
    fn close(&mut self) -> impl Future<Output = bool> + Send;
}

#[derive(Debug)]
struct Corner {
    open: bool,
}

#[ops::metric]
impl Shop for Corner {
    fn open(&mut self) -> bool {
        self.open = true;
        self.open
    }

    #[ops::instrument_span]
    async fn close(&mut self) -> bool {
        self.open = false;
        std::future::ready(()).await;
        !self.open
    }
}

fn assert_send<T: Send>(future: T) -> T {
    future
}

fn main() {
    assert_eq!(add(1, 2), 3);
    nothing();
    assert_eq!(first(&["a".to_owned()]), "a");
    assert_eq!(push(&mut Vec::new(), "b"), "b");
    assert_eq!(largest([1, 3, 2]), Ok(3));
    assert!(largest::<u8, 0>([]).is_err());
    assert_eq!(lengths(["abc".to_owned()].into_iter()).collect::<Vec<_>>(), [3]);
    assert_eq!(shown(7).map(|shown| shown.to_string()), Ok("7".to_owned()));
    assert_eq!(doubled(&[1]), [2]);
    assert_eq!(sum((1, 2), [3, 4]), 10);
    assert_eq!(reassigned(("ab", 2)), 4);
    assert_eq!(block_on(assert_send(reassigned_async("ab", 3))), 6);
    assert!(block_on(assert_send(parse("x"))).is_err());
    assert_eq!(block_on(parse("")).map(|shown| shown.to_string()).ok().as_deref(), Some("empty"));
    assert_eq!(
        block_on(assert_send(halve(0))).map_err(|error| error.to_string()).err().as_deref(),
        Some("nothing to halve")
    );
    assert_eq!(block_on(halve(8)).map(|half| half.to_string()).ok().as_deref(), Some("4"));
    assert_eq!(block_on(assert_send(generic_error(1))), Err(1));
    assert_eq!(inner(), 1);
    assert_eq!(foreign(2), 2);
    assert_eq!(r#match(3), 3);
    assert_eq!(block_on(boxed("four")), 4);
    let mut cart = Cart::new(vec![1, 2, 3]);
    assert_eq!((cart.first(), cart.len(), cart.is_empty()), (Some(&1), 3, false));
    assert_eq!(cart.last_mut(), Some(&mut 3));
    assert_eq!(block_on(assert_send(cart.total())), 3);
    assert_eq!(Cart::new(vec![1]).into_items(), [1]);
    assert_eq!(Box::new(cart).unbox(), [1, 2, 3]);
    let mut corner = Corner { open: false };
    assert_eq!((corner.name(), corner.open()), ("shop".to_owned(), true));
    assert!(block_on(assert_send(corner.close())));
    drop((never_async(), diverging_async()));
    let _: fn() -> u8 = diverging;
    never()
}

/// Minimal executor for futures that are always ready.
mod ready {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    pub(super) fn block_on<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("the future is always ready"),
        }
    }
}
