//! What a check answers.

use super::Status;
use super::bounded_text::bounded_text;
use crate::metric::AttrValue;
use std::collections::BTreeMap;
use std::fmt;

/// How many facts one outcome has at most.
const MAX_DETAILS: usize = 64;

/// What a check answers: how well what it checks is, why, and facts about it.
///
/// A text, be it the reason or a fact, is cut after 4 KiB, at the end of a character, and there are 64 facts at most.
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
    /// All is well.
    pub const fn healthy() -> Self {
        Outcome { status: Status::Healthy, reason: None, details: BTreeMap::new(), is_applicable: true }
    }

    /// It works, less well than it should: the program stays ready.
    pub fn degraded(reason: impl fmt::Display) -> Self {
        Outcome::because(Status::Degraded, reason)
    }

    /// It does not work.
    pub fn unhealthy(reason: impl fmt::Display) -> Self {
        Outcome::because(Status::Unhealthy, reason)
    }

    /// There is nothing to check, such as a database that this program does not use. It counts for nothing.
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

    /// Adds a fact: a number, a truth value or a text. One that is there under the same key is replaced; a 65th is left
    /// out.
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

    /// How well it is.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Returns `false` if there was nothing to check.
    pub const fn is_applicable(&self) -> bool {
        self.is_applicable
    }

    /// Why it is not healthy, or not applicable.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The facts, by key.
    pub const fn details(&self) -> &BTreeMap<String, AttrValue> {
        &self.details
    }
}
