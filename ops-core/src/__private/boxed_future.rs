//! Functions whose return type may be a boxed future under any name, such as `BoxFuture<'_, T>` or `Self::Future`.
//!
//! An expansion cannot see through an alias, so the type decides: `(&MaybeFuture::<Type>::new()).__ops_kind()` is one of three
//! kinds, each of which measures in its own way. Method look-up prefers the first of the two traits.

use super::future::MeasuredFuture;
use super::measured::UntilReturn;
use super::returned::Seen;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;

/// A return type, which may be a boxed future.
pub struct MaybeFuture<R>(PhantomData<fn() -> R>);

/// A boxed future that may be sent to another thread.
pub type Sendable<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A boxed future that stays on its thread.
pub type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A type that is a boxed future.
pub trait BoxedFuture {
    /// The kind of it.
    type Kind;

    /// The kind of it.
    fn __ops_kind(&self) -> Self::Kind;
}

/// Any other type.
pub trait NoFuture {
    /// The type itself.
    type Returned;

    /// The kind that is no future.
    fn __ops_kind(&self) -> IsNoFuture<Self::Returned>;
}

/// A boxed future as `B` is, [`Sendable`] or [`Local`], with any lifetime.
pub struct IsBoxed<B>(PhantomData<fn() -> B>);

/// Any other type, `R`.
pub struct IsNoFuture<R>(PhantomData<fn() -> R>);

impl<R> MaybeFuture<R> {
    /// The type `R`.
    #[expect(clippy::new_without_default, reason = "expansions construct it")]
    pub const fn new() -> Self {
        MaybeFuture(PhantomData)
    }
}

impl<'a, T> BoxedFuture for MaybeFuture<Sendable<'a, T>> {
    type Kind = IsBoxed<Sendable<'static, T>>;

    fn __ops_kind(&self) -> Self::Kind {
        IsBoxed(PhantomData)
    }
}

impl<'a, T> BoxedFuture for MaybeFuture<Local<'a, T>> {
    type Kind = IsBoxed<Local<'static, T>>;

    fn __ops_kind(&self) -> Self::Kind {
        IsBoxed(PhantomData)
    }
}

impl<R> NoFuture for &MaybeFuture<R> {
    type Returned = R;

    fn __ops_kind(&self) -> IsNoFuture<R> {
        IsNoFuture(PhantomData)
    }
}

impl<B: Future> IsBoxed<B> {
    /// Measures `future`, which is about to be boxed, until it completes.
    pub fn measure<F, I>(self, future: F, measured: UntilReturn, inspect: I) -> MeasuredFuture<F, I>
    where
        F: Future<Output = B::Output>,
        I: FnOnce(&B::Output) -> Seen<'_>,
    {
        MeasuredFuture::new(future, measured.into_measured(), inspect)
    }

    /// Ends the measurement: `future`, which another function boxed, may not outlive a second box.
    pub fn pass_on<F>(self, future: F, _measured: UntilReturn, _inspect: impl FnOnce(&B::Output) -> Seen<'_>) -> F {
        future
    }
}

impl<T> IsBoxed<Sendable<'static, T>> {
    /// Measures `future`, which another function boxed, until it completes.
    pub fn measure_boxed<'a, I>(self, future: Sendable<'a, T>, measured: UntilReturn, inspect: I) -> Sendable<'a, T>
    where
        T: 'a,
        I: FnOnce(&T) -> Seen<'_> + Send + 'a,
    {
        Box::pin(self.measure(future, measured, inspect))
    }
}

impl<T> IsBoxed<Local<'static, T>> {
    /// Measures `future`, which another function boxed, until it completes.
    pub fn measure_boxed<'a, I>(self, future: Local<'a, T>, measured: UntilReturn, inspect: I) -> Local<'a, T>
    where
        T: 'a,
        I: FnOnce(&T) -> Seen<'_> + 'a,
    {
        Box::pin(self.measure(future, measured, inspect))
    }
}

impl<R> IsNoFuture<R> {
    /// Ends the measurement: `value` is about to be boxed and returned.
    pub fn measure<V>(self, value: V, _measured: UntilReturn, _inspect: impl FnOnce(&R) -> Seen<'_>) -> V {
        value
    }

    /// Ends the measurement with what `inspect` says of `returned`.
    #[inline]
    pub fn pass_on(self, returned: R, measured: UntilReturn, inspect: impl FnOnce(&R) -> Seen<'_>) -> R {
        self.measure_boxed(returned, measured, inspect)
    }

    /// Ends the measurement with what `inspect` says of `returned`.
    #[inline]
    pub fn measure_boxed(self, returned: R, measured: UntilReturn, inspect: impl FnOnce(&R) -> Seen<'_>) -> R {
        if let Some(measured) = measured.into_measured() {
            measured.finish(inspect(&returned));
        }
        returned
    }
}

macro_rules! kinds {
    ($($name:ident)*) => {$(
        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {}

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}

kinds!(MaybeFuture IsBoxed IsNoFuture);
