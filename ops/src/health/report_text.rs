//! A report as lines of text, for people.

use super::Status;
use super::report::{CheckResult, Report, WITHHELD};
use std::collections::BTreeSet;
use std::fmt::Write;

impl Report {
    /// One line a check, then the verdict, each with its line feed.
    ///
    /// ```text
    /// [+]db ok
    /// [!]disk degraded: 91 % full
    /// [-]queue failed: connection refused
    /// [?]search unknown: no result yet, the first run has taken 800ms so far
    /// [+]tape excluded: ok
    /// unhealthy
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let names: BTreeSet<_> = self.checks.keys().chain(&self.excluded).collect();
        for name in names {
            // Writing to a `String` cannot fail.
            let _ = match self.checks.get(name) {
                Some(check) => writeln!(text, "{}{name} {}{}", mark(check.status), word(check.status), Reason(check)),
                None => writeln!(text, "[+]{name} excluded: ok"),
            };
        }
        if self.draining {
            text.push_str("[-]drain failed: no new work, whatever the checks say\n");
        }
        let _ = writeln!(text, "{}", self.status);
        text
    }
}

const fn mark(status: Status) -> &'static str {
    match status {
        Status::Healthy => "[+]",
        Status::Degraded => "[!]",
        Status::Unknown => "[?]",
        Status::Unhealthy => "[-]",
    }
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Healthy => "ok",
        Status::Degraded => "degraded",
        Status::Unknown => "unknown",
        Status::Unhealthy => "failed",
    }
}

struct Reason<'a>(&'a CheckResult);

impl std::fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(reason) = self.0.error.as_ref().filter(|_| self.0.status != Status::Healthy) else { return Ok(()) };
        // That a degraded check has a reason goes without saying; a failure says that it could tell more.
        if self.0.status == Status::Degraded && reason == WITHHELD {
            return Ok(());
        }
        f.write_str(": ")?;
        // A check is one line, whatever it writes: a reason cannot pass for the line of another check.
        reason.chars().map(|char| if char.is_control() { ' ' } else { char }).try_for_each(|char| f.write_char(char))
    }
}
