//! Source locations of annotated items.

use std::fmt;

/// Package name reported for the metric families of the framework itself, in all of its crates.
pub(crate) const OWN_PACKAGE: &str = "ops";

/// A source location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Location {
    /// File path, as passed to the compiler.
    pub file: &'static str,
    /// Line number, starting at 1.
    pub line: u32,
    /// Module path.
    pub module: &'static str,
    /// Name of the Cargo package.
    pub package: &'static str,
}

impl Location {
    /// Creates a source location.
    pub const fn new(file: &'static str, line: u32, module: &'static str, package: &'static str) -> Self {
        Location { file, line, module, package }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
