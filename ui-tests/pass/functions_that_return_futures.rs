//! Every way to return a future without `async`, under lints that allow nothing.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, missing_docs)]
#![allow(clippy::manual_async_fn, clippy::missing_errors_doc, reason = "it is what is tried here")]
#![forbid(unsafe_code)]

use std::fmt::Display;
use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// As the crate `futures` has it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// As the crate `futures` has it.
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A body that is nothing but an `async` block.
#[ops::metric]
#[ops::instrument_span(fields(?number))]
pub fn block(mut number: u8) -> impl Future<Output = Result<u8, String>> {
    async move {
        number += 1;
        if number == 0 {
            return Err("overflow".into());
        }
        Ok(ready(number).await)
    }
}

/// Borrows, by the rules of this edition.
#[ops::instrument_span]
#[ops::metric(name = "borrowed", labels(empty: bool = word.is_empty()))]
pub fn borrowed(word: &str) -> impl Future<Output = usize> + Send + use<'_> {
    async move { ready(word).await.len() }
}

/// Does some work at once, and returns early.
#[ops::metric]
#[ops::instrument_span]
pub fn prepared(mut words: Vec<String>) -> impl Future<Output = Result<usize, Box<dyn std::error::Error>>> {
    words.push("last".to_owned());
    let count = words.len();
    async move {
        let parsed: usize = words.remove(0).parse()?;
        Ok(ready(parsed).await + count)
    }
}

/// Returns the future of another function.
#[ops::metric]
#[ops::instrument_span]
pub fn forwarded(number: u8) -> impl Future<Output = Result<u8, String>> + Send {
    block(number)
}

/// Gives an `impl Trait` in its time.
#[ops::metric]
pub fn shown(number: u8) -> impl Future<Output = impl Display> {
    let text = number.to_string();
    async move { text }
}

/// Boxed, as `#[async_trait]` writes it.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn boxed(word: &str) -> Pin<Box<dyn Future<Output = usize> + Send + '_>> {
    Box::pin(async move { ready(word).await.len() })
}

/// Boxed on two paths.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn boxed_on_two_paths(word: &str) -> Pin<Box<dyn Future<Output = usize> + Send + '_>> {
    if word.is_empty() {
        return Box::pin(ready(0));
    }
    Box::pin(async move { word.len() })
}

/// Boxed, under another name.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn aliased(word: &str) -> BoxFuture<'_, Result<usize, String>> {
    Box::pin(async move { if word.is_empty() { Err("empty".to_owned()) } else { Ok(word.len()) } })
}

/// Boxed, and not to be sent.
#[ops::metric]
#[ops::instrument_span]
pub fn local<T: Display>(shown: &T) -> LocalBoxFuture<'_, String> {
    Box::pin(async move { shown.to_string() })
}

/// Called like a future, and none.
#[derive(Debug)]
pub struct Future2<T>(PhantomData<T>);

/// Is measured until it has returned.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn no_future<T>() -> Future2<T> {
    Future2(PhantomData)
}

/// Pinned, and no future.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn pinned(word: Pin<&mut String>) -> Pin<&mut String> {
    word
}

/// A type of the user's that is a future keeps its type.
#[ops::metric]
#[ops::instrument_span]
pub fn named() -> std::future::Ready<u8> {
    ready(7)
}

/// What an `impl Stream` is.
pub trait Stream {
    /// What it gives.
    type Item;

    /// The next of them.
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>>;
}

impl Stream for Vec<u8> {
    type Item = u8;

    #[ops::metric]
    #[ops::instrument_span]
    fn poll_next(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<u8>> {
        Poll::Ready(self.pop())
    }
}

/// A stream is measured until it has been returned.
#[ops::metric]
#[ops::instrument_span]
#[must_use]
pub fn streamed(mut bytes: Vec<u8>) -> impl Stream<Item = u8> {
    bytes.reverse();
    bytes
}

/// A trait whose futures have no box.
pub trait Shop {
    /// Has a body.
    #[ops::metric]
    #[ops::instrument_span]
    fn name(&self) -> impl Future<Output = String> + Send
    where
        Self: Sync,
    {
        async { "shop".to_owned() }
    }

    /// Has none.
    fn close(&mut self) -> impl Future<Output = bool> + Send;

    /// Is boxed.
    #[ops::metric]
    fn boxed(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

#[derive(Debug)]
struct Corner {
    open: bool,
}

#[ops::metric]
impl Shop for Corner {
    #[ops::instrument_span(fields(open = self.open))]
    async fn close(&mut self) -> bool {
        self.open = false;
        ready(()).await;
        !self.open
    }

    fn boxed(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let _ = self.open;
        })
    }
}

const fn assert_send<T: Send>(value: T) -> T {
    value
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn main() {
    assert_eq!(now(assert_send(block(1))), Ok(2));
    assert_eq!(now(assert_send(borrowed("four"))), 4);
    assert_eq!(now(prepared(vec!["7".to_owned()])).ok(), Some(9));
    assert_eq!(now(assert_send(forwarded(1))), Ok(2));
    assert_eq!(format!("{}", now(shown(7))), "7");
    assert_eq!(now(assert_send(boxed("four"))), 4);
    assert_eq!(now(boxed_on_two_paths("")) + now(boxed_on_two_paths("four")), 4);
    assert_eq!(now(assert_send(aliased("four"))), Ok(4));
    assert_eq!(now(local(&7)), "7");
    assert_eq!(no_future::<u8>().0, PhantomData);
    assert_eq!(*pinned(Pin::new(&mut String::new())), "");
    assert_eq!(now(named()), 7);
    let mut stream = Box::pin(streamed(vec![1, 2]));
    assert_eq!(stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop())), Poll::Ready(Some(1)));
    let mut corner = Corner { open: true };
    assert_eq!(now(corner.name()), "shop");
    now(assert_send(Shop::boxed(&corner)));
    assert!(now(assert_send(corner.close())));
}
