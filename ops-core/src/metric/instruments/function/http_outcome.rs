//! Call outcomes of HTTP responses: server errors (5xx) are `error`, all other statuses are `ok`.
//!
//! Client errors (4xx) are not failures of the service, so they must not count toward its error rate.

use super::call_outcome::{CallOutcome, ToCallOutcome};
use http::response::Parts;
use http::{Response, StatusCode};

/// A value with an HTTP status, as the first element of a tuple that is converted to a response.
trait Status {
    fn status(&self) -> StatusCode;
}

impl Status for StatusCode {
    fn status(&self) -> StatusCode {
        *self
    }
}

impl Status for Parts {
    fn status(&self) -> StatusCode {
        self.status
    }
}

impl<B> Status for Response<B> {
    fn status(&self) -> StatusCode {
        Response::status(self)
    }
}

fn outcome(status: StatusCode) -> CallOutcome {
    if status.is_server_error() { CallOutcome::Error } else { CallOutcome::Ok }
}

/// Server errors (5xx) count as `error`.
impl ToCallOutcome for StatusCode {
    fn to_call_outcome(&self) -> CallOutcome {
        outcome(*self)
    }
}

/// Server errors (5xx) count as `error`.
impl ToCallOutcome for Parts {
    fn to_call_outcome(&self) -> CallOutcome {
        outcome(self.status)
    }
}

/// Server errors (5xx) count as `error`.
impl<B> ToCallOutcome for Response<B> {
    fn to_call_outcome(&self) -> CallOutcome {
        outcome(Response::status(self))
    }
}

/// Implements the trait for tuples of two or more elements whose first element has a status.
macro_rules! tuples {
    ($first:ident $($more:ident)*) => {
        tuples!(@ [$first] $($more)*);
    };
    (@ [$($element:ident)*] $($more:ident)*) => {
        /// Server errors (5xx) in the first element count as `error`.
        impl<S: Status, $($element),*> ToCallOutcome for (S, $($element,)*) {
            fn to_call_outcome(&self) -> CallOutcome {
                outcome(self.0.status())
            }
        }

        tuples!(@more [$($element)*] $($more)*);
    };
    (@more [$($element:ident)*] $next:ident $($more:ident)*) => {
        tuples!(@ [$($element)* $next] $($more)*);
    };
    (@more [$($element:ident)*]) => {};
}

// Up to the longest tuple that axum supports as a response: a status, sixteen parts and a body.
tuples!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15 T16 T17);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_errors_count_as_error_and_client_errors_as_ok() {
        for (status, expected) in [
            (StatusCode::CONTINUE, CallOutcome::Ok),
            (StatusCode::OK, CallOutcome::Ok),
            (StatusCode::FOUND, CallOutcome::Ok),
            (StatusCode::NOT_FOUND, CallOutcome::Ok),
            (StatusCode::INTERNAL_SERVER_ERROR, CallOutcome::Error),
            (StatusCode::BAD_GATEWAY, CallOutcome::Error),
        ] {
            let response = |body| {
                let mut response = Response::new(body);
                *response.status_mut() = status;
                response
            };
            let (parts, ()) = response(()).into_parts();
            let outcomes = [
                status.to_call_outcome(),
                response(()).to_call_outcome(),
                parts.to_call_outcome(),
                (status, "body").to_call_outcome(),
                (parts, "body").to_call_outcome(),
                (response(()), [("name", "value")], "body").to_call_outcome(),
            ];
            assert_eq!(outcomes, [expected; 6], "{status}");
        }
    }

    #[test]
    fn supports_response_tuples_of_up_to_eighteen_elements() {
        let longest = (StatusCode::BAD_GATEWAY, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, "body");
        assert_eq!(longest.to_call_outcome(), CallOutcome::Error);
    }
}
