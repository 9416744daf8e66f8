//! The part of a request after the `?`.

use super::ProblemDetails;
use axum::extract::Query;
use axum::http::Uri;

/// The parameters of a query string, in order; a name may occur more than once.
#[derive(Debug)]
pub(crate) struct QueryParameters(Vec<(String, String)>);

impl QueryParameters {
    pub(crate) fn of(uri: &Uri) -> Result<QueryParameters, ProblemDetails> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
        let Query(pairs) =
            pairs.map_err(|error| ProblemDetails::bad_request(format!("the query cannot be read: {error}")))?;
        Ok(QueryParameters(pairs))
    }

    /// Whether `name` is there, with any value but `false` and `0`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.all(name).any(|value| !matches!(value, "false" | "0"))
    }

    /// The values of `name`.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}
