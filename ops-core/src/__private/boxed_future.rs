//! Detects functions that return a boxed future, even behind a type alias.
//!
//! A macro expansion cannot resolve an alias such as `BoxFuture<'_, T>` or `Self::Future`, so the type system does:
//! `(&MaybeFuture::<Type>::new()).__ops_kind()` returns a kind, whose methods measure a call of that type. By autoref
//! specialization, method lookup prefers `BoxedFuture`, which needs no autoref, over `NoFuture`.

use super::future::MeasuredFuture;
use super::measured::UntilReturn;
use super::returned::Seen;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;

/// The return type `R` of a function, which may be a boxed future.
pub struct MaybeFuture<R>(PhantomData<fn() -> R>);

/// A boxed future that is `Send`.
pub type Sendable<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A boxed future that is not `Send`.
pub type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Implemented for return types that are boxed futures.
pub trait BoxedFuture {
    /// The kind of the return type.
    type Kind;

    /// Returns the kind of the return type.
    fn __ops_kind(&self) -> Self::Kind;
}

/// Implemented for all return types, as a fallback.
pub trait NoFuture {
    /// The return type itself.
    type Returned;

    /// Returns the kind for types that are not boxed futures.
    fn __ops_kind(&self) -> IsNoFuture<Self::Returned>;
}

/// The kind of boxed futures `B`, [`Sendable`] or [`Local`], with any lifetime.
pub struct IsBoxed<B>(PhantomData<fn() -> B>);

/// The kind of any other type `R`.
pub struct IsNoFuture<R>(PhantomData<fn() -> R>);

impl<R> MaybeFuture<R> {
    /// Creates a marker of the type `R`.
    #[expect(clippy::new_without_default, reason = "only macro expansions construct it")]
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
    /// Measures a future until it completes, before it is boxed.
    pub fn measure<F, I>(self, future: F, measured: UntilReturn, inspect: I) -> MeasuredFuture<F, I>
    where
        F: Future<Output = B::Output>,
        I: FnOnce(&B::Output) -> Seen<'_>,
    {
        MeasuredFuture::new(future, measured.into_measured(), inspect)
    }

    /// Ends the measurement as `ok` and returns `future` unchanged.
    ///
    /// For a future boxed by another function, whose lifetime may not permit boxing it again.
    pub fn pass_on<F>(self, future: F, _measured: UntilReturn, _inspect: impl FnOnce(&B::Output) -> Seen<'_>) -> F {
        future
    }
}

impl<T> IsBoxed<Sendable<'static, T>> {
    /// Measures a future boxed by another function until it completes.
    pub fn measure_boxed<'a, I>(self, future: Sendable<'a, T>, measured: UntilReturn, inspect: I) -> Sendable<'a, T>
    where
        T: 'a,
        I: FnOnce(&T) -> Seen<'_> + Send + 'a,
    {
        Box::pin(self.measure(future, measured, inspect))
    }
}

impl<T> IsBoxed<Local<'static, T>> {
    /// Measures a future boxed by another function until it completes.
    pub fn measure_boxed<'a, I>(self, future: Local<'a, T>, measured: UntilReturn, inspect: I) -> Local<'a, T>
    where
        T: 'a,
        I: FnOnce(&T) -> Seen<'_> + 'a,
    {
        Box::pin(self.measure(future, measured, inspect))
    }
}

impl<R> IsNoFuture<R> {
    /// Ends the measurement as `ok`, before `value` is boxed and returned.
    pub fn measure<V>(self, value: V, _measured: UntilReturn, _inspect: impl FnOnce(&R) -> Seen<'_>) -> V {
        value
    }

    /// Ends the measurement with the outcome that `inspect` determines from `returned`.
    #[inline]
    pub fn pass_on(self, returned: R, measured: UntilReturn, inspect: impl FnOnce(&R) -> Seen<'_>) -> R {
        self.measure_boxed(returned, measured, inspect)
    }

    /// Ends the measurement with the outcome that `inspect` determines from `returned`.
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
