//! How a call of an annotated function ended.

/// How a call of an annotated function ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallOutcome {
    /// It gave a value.
    Ok,
    /// It gave an error.
    Error,
    /// It panicked.
    Panic,
    /// Its future was dropped before its end.
    Cancelled,
}

impl CallOutcome {
    /// All of them, in the order of the label's values.
    pub const ALL: [CallOutcome; 4] = [CallOutcome::Ok, CallOutcome::Error, CallOutcome::Panic, CallOutcome::Cancelled];

    /// All of them, in the order of their names.
    pub(super) const BY_NAME: [CallOutcome; 4] =
        [CallOutcome::Cancelled, CallOutcome::Error, CallOutcome::Ok, CallOutcome::Panic];

    /// The value of the label `outcome`.
    pub const fn as_str(self) -> &'static str {
        match self {
            CallOutcome::Ok => "ok",
            CallOutcome::Error => "error",
            CallOutcome::Panic => "panic",
            CallOutcome::Cancelled => "cancelled",
        }
    }

    /// How a call ends whose guard is dropped before its end.
    pub(crate) fn unfinished() -> Self {
        if std::thread::panicking() { CallOutcome::Panic } else { CallOutcome::Cancelled }
    }
}

/// A value that says how the call ended that returned it.
///
/// `#[metric]` and `#[instrument_span]` find it by the value, whatever the return type is called. A type that implements
/// it may be what a function returns, or the value or the error of the `Result` that it returns: an error that is no failure
/// of the service then counts as `ok`, and an `Ok` that holds a failure as `error`. Without it every `Err` is an error, and
/// everything else is `ok`.
///
/// With the feature `http` it is implemented for `http::StatusCode`, `http::Response<B>`, `http::response::Parts` and tuples
/// that begin with one of them: a server error (5xx) is `error`, anything else, also a client error (4xx), is `ok`.
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
/// An error of an HTTP service has the outcome of its status:
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
