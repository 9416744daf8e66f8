//! Boxed futures of possibly borrowed types: the attributes require no additional bounds.
#![deny(warnings, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Alias whose output is not its first argument.
type ResponseFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

trait Service<Request> {
    type Response;
    type Error;
    type Future: Future<Output = Result<Self::Response, Self::Error>>;

    fn call(&mut self, request: Request) -> Self::Future;
}

/// Returns the boxed future of another service.
struct BoxService<T, U, E> {
    inner: Box<dyn Service<T, Response = U, Error = E, Future = ResponseFuture<U, E>> + Send>,
}

impl<T, U, E> Service<T> for BoxService<T, U, E> {
    type Response = U;
    type Error = E;
    type Future = ResponseFuture<U, E>;

    #[ops::metric]
    #[ops::instrument_span]
    fn call(&mut self, request: T) -> ResponseFuture<U, E> {
        self.inner.call(request)
    }
}

/// Boxes the future of another service.
struct Boxed<S>(S);

impl<S, Request> Service<Request> for Boxed<S>
where
    S: Service<Request> + 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    #[ops::metric]
    #[ops::instrument_span]
    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin(self.0.call(request)) as _
    }
}

/// Returns early with a separate future.
struct AddOrigin<T>(T, Option<u8>);

impl<T, Request> Service<Request> for AddOrigin<T>
where
    T: Service<Request>,
    T::Future: Send + 'static,
    T::Error: Into<String>,
{
    type Response = T::Response;
    type Error = String;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    #[ops::metric]
    #[ops::instrument_span]
    fn call(&mut self, request: Request) -> Self::Future {
        if self.1.is_none() {
            let error = "no origin";
            return Box::pin(async move { Err::<Self::Response, _>(error.into()) });
        }
        let future = self.0.call(request);
        Box::pin(async move { future.await.map_err(Into::into) })
    }
}

/// A service with a named future type.
struct Echo<U>(PhantomData<fn() -> U>);

impl<U> Service<U> for Echo<U> {
    type Response = U;
    type Error = &'static str;
    type Future = std::future::Ready<Result<U, &'static str>>;

    #[ops::metric]
    #[ops::instrument_span]
    fn call(&mut self, request: U) -> Self::Future {
        ready(Ok(request))
    }
}

trait Acquire<'c> {
    type Connection;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, String>>;

    fn begin(self) -> BoxFuture<'c, Result<Transaction<'c, u8>, String>>;
}

struct Transaction<'c, DB>(PhantomData<fn(&'c DB)>);

struct Pool<DB>(PhantomData<fn() -> DB>);

impl<DB> Pool<DB> {
    fn connect(&self) -> impl Future<Output = Result<Option<DB>, String>> + Send + use<DB> {
        let _ = self.0;
        async { Ok(None) }
    }
}

impl<'a, DB: 'static> Acquire<'a> for &'_ Pool<DB> {
    type Connection = Option<DB>;

    #[ops::metric]
    #[ops::instrument_span]
    fn acquire(self) -> BoxFuture<'static, Result<Self::Connection, String>> {
        Box::pin(self.connect())
    }

    #[ops::metric]
    #[ops::instrument_span]
    fn begin(self) -> BoxFuture<'static, Result<Transaction<'a, u8>, String>> {
        let connection = self.connect();
        Box::pin(async move {
            connection.await?;
            Ok(Transaction(PhantomData))
        })
    }
}

#[ops::metric]
#[ops::instrument_span]
fn borrows<'a, T: Clone + Send + Sync>(value: &'a T) -> BoxFuture<'a, Result<&'a T, ()>> {
    let copy = value;
    if size_of::<T>() == 0 {
        return Box::pin(ready(Err(())));
    }
    match size_of::<T>() {
        1 => Box::pin(async move { Ok(copy) }),
        2 => Box::pin(ready(Ok(copy))),
        _ => {
            let future = async move { Ok(value) };
            Box::pin(future)
        }
    }
}

#[ops::metric]
#[ops::instrument_span]
fn forwards<'a, T: Clone + Send + Sync>(value: &'a T) -> BoxFuture<'a, Result<&'a T, ()>> {
    borrows(value)
}

#[ops::metric]
#[ops::instrument_span]
fn either<'a, T: Clone + Send + Sync>(value: &'a T, forwarded: bool) -> BoxFuture<'a, Result<&'a T, ()>> {
    if forwarded { forwards(value) } else { Box::pin(ready(Ok(value))) }
}

#[ops::metric]
#[ops::instrument_span]
fn pinned_stream<T>(value: T) -> Pin<Box<dyn Iterator<Item = T>>>
where
    T: 'static,
{
    Box::pin(std::iter::once(value))
}

/// Named like a future, but boxes an iterator.
type NoFuture<T> = Pin<Box<dyn Iterator<Item = T>>>;

#[ops::metric]
#[ops::instrument_span]
fn no_future<T: 'static>(value: T) -> NoFuture<T> {
    Box::pin(std::iter::once(value))
}

/// Subset of `futures::FutureExt`.
trait FutureExt: Future {
    fn boxed<'a>(self) -> BoxFuture<'a, Self::Output>
    where
        Self: Sized + Send + 'a,
    {
        Box::pin(self)
    }
}

impl<F: Future> FutureExt for F {}

#[ops::metric]
#[ops::instrument_span]
fn boxed<T: Send + 'static>(value: T) -> BoxFuture<'static, T> {
    async move { ready(value).await }.boxed()
}

#[ops::metric]
#[ops::instrument_span]
fn boxed_around<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, Result<T, u8>> {
    let done = ready(value);
    async move { Ok(done.await) }.boxed()
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the future is always ready"),
    }
}

fn main() {
    let service = Boxed(AddOrigin(Echo(PhantomData), Some(1)));
    let mut service = BoxService { inner: Box::new(service) };
    assert_eq!(now(service.call(7)), Ok(7));
    assert_eq!(now(AddOrigin(Echo(PhantomData), None).call(7)), Err("no origin".to_owned()));
    assert_eq!(now(Pool::<u8>(PhantomData).acquire()), Ok(None));
    assert!(now(Pool::<u8>(PhantomData).begin()).is_ok_and(|begun| begun.0 == PhantomData));
    assert_eq!((now(borrows(&())), now(borrows(&1_u8)), now(forwards(&2_u16))), (Err(()), Ok(&1), Ok(&2)));
    assert_eq!((now(either(&1_u8, true)), now(either(&1_u8, false))), (Ok(&1), Ok(&1)));
    assert_eq!((pinned_stream(1).size_hint().0, no_future(1).size_hint().0), (1, 1));
    assert_eq!((now(boxed(1)), now(boxed_around("borrowed"))), (1, Ok("borrowed")));
}
