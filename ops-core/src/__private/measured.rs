//! The measurement of one call, and where it ends: when the function returns, or when the future that it returns does.

use super::returned::{Seen, seen};
use crate::metric::{Call, CallOutcome};
use crate::trace::ActiveSpan;
use std::thread;

/// The measurement of one call: its metrics, its span, or both.
///
/// Dropped without `finish`, the call panicked or was cancelled.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "expansions construct it")]
pub struct Measured {
    /// The call that is counted.
    pub call: Option<Call>,
    /// The span of the call.
    pub span: Option<ActiveSpan>,
}

impl Measured {
    /// Records how the call ended.
    pub(super) fn finish(self, seen: Seen<'_>) {
        let Seen { outcome, error, labels } = seen;
        let seconds = self.call.map(|call| match labels {
            None => call.finish(outcome),
            Some(labels) => call.finish_with_texts(outcome, &labels),
        });
        match (self.span, seconds) {
            (Some(span), Some(seconds)) => span.finish_after(seconds, outcome, error),
            (Some(span), None) => span.finish(outcome, error),
            (None, _) => {}
        }
    }

    /// Makes the span the current one of this thread.
    pub(super) fn enter(&mut self) {
        if let Some(span) = &mut self.span {
            span.enter();
        }
    }

    /// Restores the span that was current before.
    pub(super) fn exit(&mut self) {
        if let Some(span) = &mut self.span {
            span.exit();
        }
    }
}

/// Measures a call until the function returns, for a function whose returned value cannot be inspected in place.
///
/// Dropped outside of a panic, the function returned, which counts as `ok`: an opaque type such as `impl Fn()` is inferred
/// from the expression that the function returns, so nothing may stand around that expression.
#[derive(Debug)]
pub struct UntilReturn {
    measured: Option<Measured>,
    /// `true` if the call began during a panic, in a destructor.
    began_in_panic: bool,
}

impl UntilReturn {
    /// Starts with the measurement of a call that has begun.
    pub fn new(measured: Measured) -> Self {
        UntilReturn { measured: Some(measured), began_in_panic: thread::panicking() }
    }

    /// Hands the measurement over to a future that the function returns.
    pub(super) fn into_measured(mut self) -> Option<Measured> {
        self.measured.take()
    }
}

impl Drop for UntilReturn {
    fn drop(&mut self) {
        let panicked = !self.began_in_panic && thread::panicking();
        if let Some(measured) = self.measured.take().filter(|_| !panicked) {
            measured.finish(seen(CallOutcome::Ok, None));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::Location;
    use crate::metric::{FunctionMetric, Instrument, Number, Reader, Value};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    const HERE: Location = Location::new("app.rs", 3, "app", "app");

    fn measure(metric: &'static FunctionMetric) -> UntilReturn {
        UntilReturn::new(Measured { call: Some(metric.enter()), span: None })
    }

    /// The outcomes that were counted, each as often as it was.
    fn outcomes(metric: &FunctionMetric) -> Vec<String> {
        let mut outcomes = Vec::new();
        metric.collect(0, &Reader::new(), &mut |labels, value| {
            if let Value::Counter { total: Number::Integer(total @ 1..), .. } = value {
                outcomes.push(format!("{labels} {total}"));
            }
        });
        outcomes
    }

    #[test]
    fn returning_counts_as_ok_and_unwinding_as_a_panic() {
        static METRIC: FunctionMetric = FunctionMetric::new(Some("f"), "f", "", HERE);
        drop(measure(&METRIC));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _measured = measure(&METRIC);
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert_eq!(outcomes(&METRIC), [r#"outcome="ok" 1"#, r#"outcome="panic" 1"#]);
    }

    #[test]
    fn a_call_in_a_destructor_that_runs_during_a_panic_counts_as_ok() {
        static METRIC: FunctionMetric = FunctionMetric::new(Some("g"), "g", "", HERE);
        struct CallsWhenDropped;
        impl Drop for CallsWhenDropped {
            fn drop(&mut self) {
                drop(measure(&METRIC));
            }
        }
        let panicked = catch_unwind(|| {
            let _calls = CallsWhenDropped;
            panic!("on purpose");
        });
        assert!(panicked.is_err());
        assert_eq!(outcomes(&METRIC), [r#"outcome="ok" 1"#]);
    }
}
