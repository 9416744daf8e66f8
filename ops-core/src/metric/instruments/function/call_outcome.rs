//! Outcomes of calls of annotated functions.

/// The outcome of a call of an annotated function: the value of the label `outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallOutcome {
    /// The call returned normally.
    Ok,
    /// The call returned an error.
    Error,
    /// The call panicked.
    Panic,
    /// The future of the call was dropped before completion.
    Cancelled,
}

impl CallOutcome {
    /// All outcomes, in declaration order.
    pub const ALL: [CallOutcome; 4] = [CallOutcome::Ok, CallOutcome::Error, CallOutcome::Panic, CallOutcome::Cancelled];

    /// All outcomes, sorted by label value.
    pub(super) const BY_NAME: [CallOutcome; 4] =
        [CallOutcome::Cancelled, CallOutcome::Error, CallOutcome::Ok, CallOutcome::Panic];

    /// Returns the value of the label `outcome`.
    pub const fn as_str(self) -> &'static str {
        match self {
            CallOutcome::Ok => "ok",
            CallOutcome::Error => "error",
            CallOutcome::Panic => "panic",
            CallOutcome::Cancelled => "cancelled",
        }
    }

    /// Returns the outcome of a call whose guard is dropped: a panic if unwinding, else a cancellation.
    pub(crate) fn unfinished() -> Self {
        if std::thread::panicking() { CallOutcome::Panic } else { CallOutcome::Cancelled }
    }
}

/// A returned value that determines the outcome of the call.
///
/// By default, every `Err` counts as `error` and every other value as `ok`. Implement this trait for a returned type, or for the
/// value or error type of a returned `Result`, to change that: for example, to count an expected error as `ok`, or an `Ok` that
/// contains a failure as `error`. `#[metric]` and `#[instrument_span]` detect the implementation through type aliases.
///
/// With the feature `http`, it is implemented for `http::StatusCode`, `http::Response<B>`, `http::response::Parts` and tuples
/// that start with one of them: server errors (5xx) count as `error`, all other statuses, including client errors (4xx), as `ok`.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::metric::{CallOutcome, ToCallOutcome};
///
/// enum Answer {
///     Served,
///     Refused,
/// }
///
/// impl ToCallOutcome for Answer {
///     fn to_call_outcome(&self) -> CallOutcome {
///         match self {
///             Answer::Served => CallOutcome::Ok,
///             Answer::Refused => CallOutcome::Error,
///         }
///     }
/// }
///
/// #[ops::metric(name = "serve")]
/// fn serve(known: bool) -> Answer {
///     if known { Answer::Served } else { Answer::Refused }
/// }
///
/// serve(false);
/// # serve(true);
/// assert!(ops::metrics().to_text().contains("serve_total{outcome=\"error\"} 1"));
/// ```
///
/// The error type of an HTTP service can derive the outcome from its status:
///
/// ```
/// # extern crate ops_core as ops;
/// # #[cfg(not(feature = "http"))]
/// # fn main() {}
/// # #[cfg(feature = "http")]
/// # fn main() {
/// use http::StatusCode;
/// use ops::metric::{CallOutcome, ToCallOutcome};
///
/// enum AppError {
///     UnknownOrder,
///     Database,
/// }
///
/// impl AppError {
///     fn status(&self) -> StatusCode {
///         match self {
///             AppError::UnknownOrder => StatusCode::NOT_FOUND,
///             AppError::Database => StatusCode::SERVICE_UNAVAILABLE,
///         }
///     }
/// }
///
/// impl ToCallOutcome for AppError {
///     fn to_call_outcome(&self) -> CallOutcome {
///         self.status().to_call_outcome()
///     }
/// }
///
/// #[ops::metric(name = "show_order")]
/// fn show_order(row: u8) -> Result<String, AppError> {
///     match row {
///         0 => Err(AppError::UnknownOrder),
///         1 => Err(AppError::Database),
///         row => Ok(format!("order {row}")),
///     }
/// }
///
/// assert!(show_order(0).is_err() && show_order(1).is_err() && show_order(2).is_ok());
/// let text = ops::metrics().to_text();
/// assert!(text.contains("show_order_total{outcome=\"error\"} 1"));
/// assert!(text.contains("show_order_total{outcome=\"ok\"} 2"));
/// # }
/// ```
pub trait ToCallOutcome {
    /// Returns the outcome of the call.
    fn to_call_outcome(&self) -> CallOutcome;
}

impl ToCallOutcome for CallOutcome {
    fn to_call_outcome(&self) -> CallOutcome {
        *self
    }
}
