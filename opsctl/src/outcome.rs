//! The outcome of a command.

/// The text that a command prints, or its error in one line.
pub(super) type Outcome = Result<String, String>;
