//! Conversion of the return values of checks into outcomes.

use super::Outcome;
use std::any::Any;
use std::fmt;

/// Conversion of the return value of a check into an [`Outcome`].
///
/// | value | outcome |
/// |---|---|
/// | `()`, `true`, `Some(_)` | healthy |
/// | `false`, `None` | unhealthy |
/// | `Ok(value)` | as for `value` if it is an [`Outcome`] or a `bool`, else healthy |
/// | `Err(error)` | unhealthy, with `error` formatted with `{:#}` as the reason (includes the causes of an `anyhow::Error`) |
/// | an [`Outcome`] | unchanged |
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::{IntoOutcome, Outcome};
///
/// assert_eq!(().into_outcome(), Outcome::healthy());
/// assert_eq!(Err::<(), _>("down").into_outcome(), Outcome::unhealthy("down"));
/// assert_eq!(Ok::<_, &str>(Outcome::degraded("slow")).into_outcome(), Outcome::degraded("slow"));
/// ```
#[diagnostic::on_unimplemented(
    message = "a health check cannot return `{Self}`",
    label = "expected `()`, `bool`, `Option<T>`, `Outcome` or `Result<T, E>` where `E: Display`"
)]
pub trait IntoOutcome {
    /// Converts the value into an outcome.
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for Outcome {
    fn into_outcome(self) -> Outcome {
        self
    }
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Outcome {
        Outcome::healthy()
    }
}

impl IntoOutcome for bool {
    fn into_outcome(self) -> Outcome {
        if self { Outcome::healthy() } else { Outcome::unhealthy("the check returned `false`") }
    }
}

impl<T> IntoOutcome for Option<T> {
    fn into_outcome(self) -> Outcome {
        match self {
            Some(_) => Outcome::healthy(),
            None => Outcome::unhealthy("the check returned `None`"),
        }
    }
}

impl<T: 'static, E: fmt::Display> IntoOutcome for Result<T, E> {
    fn into_outcome(self) -> Outcome {
        let value = match self {
            Ok(value) => value,
            Err(error) => return Outcome::unhealthy(error),
        };
        // An `Ok` may contain any value. `Outcome` and `bool` are converted, so that `Ok(false)` does not count as healthy.
        let mut value = Some(value);
        let value: &mut dyn Any = &mut value;
        if let Some(outcome) = value.downcast_mut::<Option<Outcome>>() {
            return outcome.take().unwrap_or(Outcome::healthy());
        }
        match value.downcast_ref::<Option<bool>>() {
            Some(Some(is_healthy)) => is_healthy.into_outcome(),
            _ => Outcome::healthy(),
        }
    }
}

/// The never type `!`, which cannot be named on stable Rust.
///
/// The output of `async { panic!(..) }` and `async { todo!() }`.
type Never = <fn() -> ! as Returns>::Value;

trait Returns {
    type Value;
}

impl<T> Returns for fn() -> T {
    type Value = T;
}

#[expect(private_interfaces, reason = "`Returns` only serves to name `!`")]
impl IntoOutcome for Never {
    fn into_outcome(self) -> Outcome {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successful_values_are_healthy() {
        for outcome in [
            ().into_outcome(),
            true.into_outcome(),
            Some(7).into_outcome(),
            Ok::<_, &str>(7).into_outcome(),
            Ok::<_, &str>(true).into_outcome(),
            Ok::<_, &str>(None::<bool>).into_outcome(),
        ] {
            assert_eq!(outcome, Outcome::healthy());
        }
    }

    #[test]
    fn failed_values_are_unhealthy_with_a_reason() {
        for (outcome, reason) in [
            (false.into_outcome(), "the check returned `false`"),
            (None::<u8>.into_outcome(), "the check returned `None`"),
            (Err::<(), _>("down").into_outcome(), "down"),
            (Ok::<_, &str>(false).into_outcome(), "the check returned `false`"),
        ] {
            assert_eq!(outcome, Outcome::unhealthy(reason));
        }
    }

    #[test]
    fn outcome_in_a_result_keeps_its_status_and_details() {
        let outcome = Outcome::degraded("91 % full").detail("free_bytes", 1_024_u64);
        assert_eq!(Ok::<_, &str>(outcome.clone()).into_outcome(), outcome);
    }
}
