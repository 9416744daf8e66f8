//! How a call ended that returned an HTTP response: a server error is an error, and anything else went well.
//!
//! A client error (4xx) is no failure of the service, so alerts on the share of errors must not count it.

use super::call_outcome::{CallOutcome, ToCallOutcome};
use http::response::Parts;
use http::{Response, StatusCode};

/// A value with a status: what may stand first in the tuples that web frameworks turn into responses.
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

/// A server error (5xx) is an error.
impl ToCallOutcome for StatusCode {
    fn to_call_outcome(&self) -> CallOutcome {
        outcome(*self)
    }
}

/// A server error (5xx) is an error.
impl ToCallOutcome for Parts {
    fn to_call_outcome(&self) -> CallOutcome {
        outcome(self.status)
    }
}

/// A server error (5xx) is an error.
impl<B> ToCallOutcome for Response<B> {
    fn to_call_outcome(&self) -> CallOutcome {
        outcome(Response::status(self))
    }
}

/// Implements the trait for tuples of two and more elements, the first of which has a status.
macro_rules! tuples {
    ($first:ident $($more:ident)*) => {
        tuples!(@ [$first] $($more)*);
    };
    (@ [$($element:ident)*] $($more:ident)*) => {
        /// A server error (5xx) in the first element is an error.
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

// As many as axum makes a response of: a status, sixteen parts and a body.
tuples!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15 T16 T17);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_errors_are_errors_and_client_errors_are_not() {
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
    fn longest_tuple_of_a_response_has_eighteen_elements() {
        let longest = (StatusCode::BAD_GATEWAY, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, "body");
        assert_eq!(longest.to_call_outcome(), CallOutcome::Error);
    }
}
