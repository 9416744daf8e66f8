//! Source locations of annotated items.

use std::fmt;

/// The package that own families report, whichever crate of the project declares them.
pub(crate) const OWN_PACKAGE: &str = "ops";

/// A place in the source of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Location {
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The path of the module.
    pub module: &'static str,
    /// The name of the Cargo package.
    pub package: &'static str,
}

impl Location {
    /// A place in the source.
    pub const fn new(file: &'static str, line: u32, module: &'static str, package: &'static str) -> Self {
        Location { file, line, module, package }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
