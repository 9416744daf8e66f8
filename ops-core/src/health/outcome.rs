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
}

impl Outcome {
    /// All is well.
    pub const fn healthy() -> Self {
        Outcome { status: Status::Healthy, reason: None, details: BTreeMap::new() }
    }

    /// It works, less well than it should: the program stays ready.
    pub fn degraded(reason: impl fmt::Display) -> Self {
        Outcome::because(Status::Degraded, reason)
    }

    /// It does not work.
    pub fn unhealthy(reason: impl fmt::Display) -> Self {
        Outcome::because(Status::Unhealthy, reason)
    }

    fn because(status: Status, reason: impl fmt::Display) -> Self {
        Outcome { status, reason: Some(bounded_text(reason)), details: BTreeMap::new() }
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

    /// Why it is not healthy.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The facts, by key.
    pub const fn details(&self) -> &BTreeMap<String, AttrValue> {
        &self.details
    }
}
