//! Source location of the macro expansion of an annotated item.

use super::Location;
use std::panic;

/// A receiver for methods that capture the source location of their call.
///
/// One such call creates a whole descriptor, because every const call adds compile time to every annotated item.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "macro expansions construct it")]
pub struct Here;

impl Here {
    /// Returns the caller's location, in `module` of `package`.
    // A method, because the span of a method call covers its name and arguments only, not the path of the receiver.
    #[track_caller]
    pub const fn location(self, module: &'static str, package: &'static str) -> Location {
        let caller = panic::Location::caller();
        Location { file: caller.file(), line: caller.line(), module, package }
    }
}
