//! Outcomes of checks: a status, a reason and details.

use super::Status;
use super::bounded_text::bounded_text;
use crate::metric::AttrValue;
use std::collections::BTreeMap;
use std::fmt;

/// Maximum number of details of an outcome.
const MAX_DETAILS: usize = 64;

/// The result of a check: a status, a reason, and details as key-value pairs.
///
/// Texts are truncated to 4 KiB at a character boundary, and an outcome has at most 64 details.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::{Outcome, Status};
///
/// let outcome = Outcome::degraded("91 % full").detail("free_bytes", 1_024_u64);
/// assert_eq!(outcome.status(), Status::Degraded);
/// assert_eq!(outcome.reason(), Some("91 % full"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Outcome {
    status: Status,
    reason: Option<String>,
    details: BTreeMap<String, AttrValue>,
    is_applicable: bool,
}

impl Outcome {
    /// Creates a healthy outcome.
    pub const fn healthy() -> Self {
        Outcome { status: Status::Healthy, reason: None, details: BTreeMap::new(), is_applicable: true }
    }

    /// Creates a degraded outcome: the component works with reduced quality.
    ///
    /// The program stays ready.
    pub fn degraded(reason: impl fmt::Display) -> Self {
        Outcome::because(Status::Degraded, reason)
    }

    /// Creates an unhealthy outcome: the component does not work.
    pub fn unhealthy(reason: impl fmt::Display) -> Self {
        Outcome::because(Status::Unhealthy, reason)
    }

    /// Creates an outcome for a check that does not apply, such as that of an unconfigured database.
    ///
    /// It does not affect the status of the program.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::{Outcome, Status};
    ///
    /// let outcome = Outcome::not_applicable("no queue is configured");
    /// assert_eq!((outcome.status(), outcome.is_applicable()), (Status::Healthy, false));
    /// ```
    pub fn not_applicable(reason: impl fmt::Display) -> Self {
        Outcome { is_applicable: false, ..Outcome::because(Status::Healthy, reason) }
    }

    fn because(status: Status, reason: impl fmt::Display) -> Self {
        Outcome { status, reason: Some(bounded_text(reason)), ..Outcome::healthy() }
    }

    /// Adds a detail: a number, a boolean or a string.
    ///
    /// Replaces a detail with the same key. Beyond 64 details, further ones are dropped.
    pub fn detail(mut self, key: impl fmt::Display, value: impl Into<AttrValue>) -> Self {
        let value = match value.into() {
            AttrValue::Text(text) => AttrValue::from(bounded_text(text)),
            value => value,
        };
        let key = bounded_text(key);
        if self.details.len() < MAX_DETAILS || self.details.contains_key(&key) {
            self.details.insert(key, value);
        }
        self
    }

    /// Returns the status.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Returns `false` for an outcome created with [`not_applicable`](Self::not_applicable).
    pub const fn is_applicable(&self) -> bool {
        self.is_applicable
    }

    /// Returns the reason why the outcome is not healthy or not applicable.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Returns the details by key.
    pub const fn details(&self) -> &BTreeMap<String, AttrValue> {
        &self.details
    }
}
