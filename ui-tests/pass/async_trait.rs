//! Combinations with `#[async_trait]`, above and below it.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

use async_trait::async_trait;
use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

#[async_trait]
trait Shop: Send + Sync {
    /// Method with a default body.
    #[ops::metric]
    #[ops::instrument_span("shop.name", fields(id = self.id()))]
    async fn name(&self, suffix: &str) -> Result<String, String> {
        if suffix.is_empty() {
            return Err("no suffix".into());
        }
        Ok(ready(suffix).await.to_owned() + "shop")
    }

    fn id(&self) -> u8;

    async fn sell(&mut self, mut items: Vec<String>, by: &dyn Shop) -> Result<usize, std::fmt::Error>;

    async fn close(self: Box<Self>);
}

struct Corner(u8);

/// Attributes on the methods, below `#[async_trait]`.
#[async_trait]
impl Shop for Corner {
    #[ops::metric]
    fn id(&self) -> u8 {
        self.0
    }

    #[ops::instrument_span(fields(items = items.len(), id = self.0))]
    #[ops::metric(name = "sell", labels(id = self.0, empty: bool = items.is_empty()))]
    async fn sell(&mut self, mut items: Vec<String>, by: &dyn Shop) -> Result<usize, std::fmt::Error> {
        items.push(by.name("x").await.map_err(|_| std::fmt::Error)?);
        self.0 += 1;
        Ok(items.len())
    }

    #[ops::metric]
    async fn close(self: Box<Self>) {}
}

struct Market<T>(T);

/// Attribute on the block, above `#[async_trait]`.
#[ops::metric]
#[async_trait]
impl<T: Shop> Shop for Market<T> {
    fn id(&self) -> u8 {
        self.0.id()
    }

    #[ops::instrument_span(fields(items = items.len()))]
    async fn sell(&mut self, mut items: Vec<String>, by: &dyn Shop) -> Result<usize, std::fmt::Error> {
        items.push("market".to_owned());
        self.0.sell(items, by).await
    }

    #[ops::metric(name = "market_close")]
    async fn close(self: Box<Self>) {}
}

struct Kiosk;

/// Attribute on the block, below `#[async_trait]`, which expands first.
#[async_trait(?Send)]
#[ops::metric(none = "error")]
impl Local for Kiosk {
    #[ops::instrument_span]
    async fn open(&self) -> Option<std::rc::Rc<u8>> {
        let shared = std::rc::Rc::new(ready(7).await);
        Some(shared)
    }
}

#[async_trait(?Send)]
trait Local {
    async fn open(&self) -> Option<std::rc::Rc<u8>>;
}

const fn assert_send<T: Send>(value: T) -> T {
    value
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the future is always ready"),
    }
}

fn main() {
    let mut corner = Corner(7);
    assert_eq!(now(assert_send(corner.name(""))), Err("no suffix".to_owned()));
    assert_eq!(now(corner.sell(Vec::new(), &Corner(1))), Ok(1));
    let mut market = Market(corner);
    assert_eq!(now(assert_send(market.sell(Vec::new(), &Corner(1)))), Ok(2));
    assert_eq!(market.id(), 9);
    now(Box::new(market).close());
    assert_eq!(now(Kiosk.open()).as_deref(), Some(&7));
}
