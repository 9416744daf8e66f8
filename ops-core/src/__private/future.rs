//! Futures that a function returns, rather than being `async`: measured until they end.

use super::call::in_span;
use super::returned::Seen;
use crate::metric::Call;
use crate::trace::ActiveSpan;
use std::fmt;
use std::pin::Pin;

/// Calls `body`, which makes the future that is measured.
#[inline(always)]
pub fn future<T, F: Future<Output = T>>(body: impl FnOnce() -> F) -> F {
    body()
}

/// What measures one call: its metrics, its span, or both.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "expansions make it")]
pub struct Measured {
    /// The call that is counted.
    pub call: Option<Call>,
    /// The span that it is in.
    pub span: Option<ActiveSpan>,
}

impl Measured {
    /// Ends it.
    fn finish(self, seen: Seen<'_>) {
        let Seen { outcome, error } = seen;
        let seconds = self.call.map(|call| call.finish(outcome));
        match (self.span, seconds) {
            (Some(span), Some(seconds)) => span.finish_after(seconds, outcome, error),
            (Some(span), None) => span.finish(outcome, error),
            (None, _) => {}
        }
    }

    /// Leaves the span until the future is polled.
    fn exit(mut self) -> Self {
        if let Some(span) = &mut self.span {
            span.exit();
        }
        self
    }

    /// Runs `future` in the span, and ends with it.
    async fn around<F: Future>(mut self, future: F, inspect: impl FnOnce(&F::Output) -> Seen<'_>) -> F::Output {
        let returned = match &mut self.span {
            Some(span) => in_span(future, span).await,
            None => future.await,
        };
        self.finish(inspect(&returned));
        returned
    }
}

/// What a function returned, whose type may be another name of a boxed future.
///
/// `(&MaybeFuture(&returned)).kind()` says which, as method look-up prefers the first of the two traits.
#[expect(clippy::exhaustive_structs, reason = "expansions make it")]
pub struct MaybeFuture<'a, T>(pub &'a T);

/// A boxed future that may be sent to another thread.
pub type Sendable<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A boxed future that stays on its thread.
pub type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A value that is a boxed future.
pub trait BoxedFuture {
    /// Which kind.
    type Kind;

    /// Which kind.
    fn kind(&self) -> Self::Kind;
}

/// A value that is anything else.
pub trait NoFuture {
    /// That it is not one.
    fn kind(&self) -> IsNoFuture;
}

/// A [`Sendable`].
#[derive(Debug)]
#[non_exhaustive]
pub struct IsSendable;

/// A [`Local`].
#[derive(Debug)]
#[non_exhaustive]
pub struct IsLocal;

/// Anything else.
#[derive(Debug)]
#[non_exhaustive]
pub struct IsNoFuture;

impl<'a, T> BoxedFuture for MaybeFuture<'_, Sendable<'a, T>> {
    type Kind = IsSendable;

    fn kind(&self) -> IsSendable {
        IsSendable
    }
}

impl<'a, T> BoxedFuture for MaybeFuture<'_, Local<'a, T>> {
    type Kind = IsLocal;

    fn kind(&self) -> IsLocal {
        IsLocal
    }
}

impl<T> NoFuture for &MaybeFuture<'_, T> {
    fn kind(&self) -> IsNoFuture {
        IsNoFuture
    }
}

impl IsSendable {
    /// `future`, measured until it ends.
    pub fn measure<'a, T: 'a>(
        self,
        future: Sendable<'a, T>,
        measured: Measured,
        inspect: impl FnOnce(&T) -> Seen<'_> + Send + 'a,
    ) -> Sendable<'a, T> {
        Box::pin(measured.exit().around(future, inspect))
    }
}

impl IsLocal {
    /// `future`, measured until it ends.
    pub fn measure<'a, T: 'a>(
        self,
        future: Local<'a, T>,
        measured: Measured,
        inspect: impl FnOnce(&T) -> Seen<'_> + 'a,
    ) -> Local<'a, T> {
        Box::pin(measured.exit().around(future, inspect))
    }
}

impl IsNoFuture {
    /// `returned`, as it was measured until now.
    #[inline]
    pub fn measure<T>(self, returned: T, measured: Measured, inspect: impl FnOnce(&T) -> Seen<'_>) -> T {
        measured.finish(inspect(&returned));
        returned
    }
}

impl<T> fmt::Debug for MaybeFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaybeFuture")
    }
}
