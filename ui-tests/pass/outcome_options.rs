//! Outcomes defined by the returned type or by options of the attribute.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

use ops::metric::{CallOutcome, ToCallOutcome};
use std::future::{Future, ready};

/// A response with a status.
#[derive(Debug)]
struct Response {
    status: u16,
}

impl Response {
    const fn is_success(&self) -> bool {
        self.status < 500
    }

    const fn is_failure(&self) -> bool {
        !self.is_success()
    }
}

#[ops::metric(error_if = Response::is_failure)]
fn respond(status: u16) -> Response {
    Response { status }
}

#[ops::instrument_span(ok_if = Response::is_success)]
#[ops::metric]
async fn respond_later(status: u16) -> Response {
    ready(Response { status }).await
}

#[ops::metric(error_if = Result::is_err)]
fn respond_boxed(status: u16) -> std::pin::Pin<Box<dyn Future<Output = Result<u16, u16>>>> {
    if status > 500 {
        return Box::pin(ready(Err(status)));
    }
    Box::pin(ready(Ok(status)))
}

#[ops::metric(ok_if = Option::is_none)]
fn absent(row: Option<u8>) -> impl Future<Output = Option<u8>> {
    let row = row.filter(|row| *row > 3);
    async move { row }
}

#[ops::metric(none = "error")]
#[ops::instrument_span]
fn find(rows: &[u8], row: u8) -> Option<&u8> {
    rows.iter().find(|found| **found == row)
}

/// A type that defines its own outcome.
#[derive(Debug)]
enum Verdict {
    /// Counts as success.
    Accepted,
    /// Counts as an error.
    Declined,
}

impl ToCallOutcome for Verdict {
    fn to_call_outcome(&self) -> CallOutcome {
        match self {
            Self::Accepted => CallOutcome::Ok,
            Self::Declined => CallOutcome::Error,
        }
    }
}

#[ops::metric]
#[ops::instrument_span]
fn judge<T: Default + PartialEq>(of: &T) -> Verdict {
    if *of == T::default() { Verdict::Declined } else { Verdict::Accepted }
}

#[ops::metric]
#[ops::instrument_span]
async fn judge_as_error(accepted: bool) -> Result<(), Verdict> {
    ready(()).await;
    if accepted { Ok(()) } else { Err(Verdict::Declined) }
}

#[derive(Debug)]
struct Table(Vec<u8>);

#[ops::metric(none = "error")]
impl Table {
    fn first(&self) -> Option<&u8> {
        self.0.first()
    }

    #[ops::metric(none = "ok")]
    #[ops::instrument_span]
    fn last(&self) -> Option<&u8> {
        self.0.last()
    }

    #[ops::metric(error_if = Vec::is_empty)]
    fn all(self) -> Vec<u8> {
        self.0
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn parse(text: &str) -> Result<u8, std::num::ParseIntError> {
        text.parse()
    }
}

fn main() {
    assert_eq!(respond(200).status, 200);
    drop((respond_later(500), respond_boxed(501), respond_boxed(200), absent(None)));
    assert_eq!(find(&[1], 2), None);
    assert!(matches!((judge(&0), judge(&1)), (Verdict::Declined, Verdict::Accepted)));
    drop(judge_as_error(true));
    let table = Table(vec![1]);
    assert_eq!((table.first(), table.last(), table.len()), (Some(&1), Some(&1), 1));
    assert!(Table::parse("x").is_err());
    assert_eq!(table.all(), [1]);
}
