//! Query parameters.

use super::ProblemDetails;
use axum::extract::Query;
use axum::http::Uri;

/// The parameters of a query string, in their order. Names may repeat.
#[derive(Debug)]
pub(crate) struct QueryParameters(Vec<(String, String)>);

impl QueryParameters {
    pub(crate) fn of(uri: &Uri) -> Result<QueryParameters, ProblemDetails> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
        let Query(pairs) = pairs.map_err(|error| ProblemDetails::bad_request(format!("invalid query: {error}")))?;
        Ok(QueryParameters(pairs))
    }

    /// Returns `true` if the parameter `name` is present with a value other than `false` and `0`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.all(name).any(|value| !matches!(value, "false" | "0"))
    }

    /// Returns all values of the parameter `name`.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}
