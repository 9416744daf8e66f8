//! The part of a request after the `?`.

use super::problem::Problem;
use axum::extract::Query;
use axum::http::Uri;

/// The pairs of a query, in order; a name may come more than once.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn of(uri: &Uri) -> Result<Parameters, Problem> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
        let Query(pairs) = pairs.map_err(|error| Problem::bad_request(format!("the query cannot be read: {error}")))?;
        Ok(Parameters(pairs))
    }

    /// Whether `name` is there, with any value but `false` and `0`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all(name).any(|value| !matches!(value, "false" | "0"))
    }

    /// The values of `name`.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}
