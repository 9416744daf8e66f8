//! Measurement of one call, until the function returns or the future that it returns completes.

use super::returned::{Seen, seen};
use crate::metric::{Call, CallOutcome};
use crate::trace::ActiveSpan;
use std::thread;

/// The measurement of one call: its metrics, its span, or both.
///
/// If dropped without `finish`, the call counts as panicked or canceled.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "macro expansions construct it")]
pub struct Measured {
    /// Call metrics, if the function has any.
    pub call: Option<Call>,
    /// Span of the call, if the function has one.
    pub span: Option<ActiveSpan>,
}

impl Measured {
    /// Records the end of the call.
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

    /// Enters the span.
    pub(super) fn enter(&mut self) {
        if let Some(span) = &mut self.span {
            span.enter();
        }
    }

    /// Exits the span.
    pub(super) fn exit(&mut self) {
        if let Some(span) = &mut self.span {
            span.exit();
        }
    }
}

/// Measures a call until the function returns, without inspecting the returned value in place.
///
/// If dropped outside of a panic, the function returned, which counts as `ok`. Opaque types such as `impl Fn()` are inferred from
/// the returned expression, so a macro expansion cannot wrap that expression.
#[derive(Debug)]
pub struct UntilReturn {
    measured: Option<Measured>,
    /// `true` if the call began during a panic, in a destructor.
    began_in_panic: bool,
}

impl UntilReturn {
    /// Takes over the measurement of a running call.
    pub fn new(measured: Measured) -> Self {
        UntilReturn { measured: Some(measured), began_in_panic: thread::panicking() }
    }

    /// Returns the measurement, to be continued by the returned future.
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

    /// Returns the non-zero outcome counters.
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
    fn return_counts_as_ok_and_unwinding_as_panic() {
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
    fn call_from_a_destructor_during_unwinding_counts_as_ok() {
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
