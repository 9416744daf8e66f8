//! Where an annotated item stands.

use super::Location;
use std::panic;

/// The place in the source where it is asked for what stands there.
///
/// What it makes for an annotated item is made in one call: each call of a constant costs the compiler time, in every item.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "expansions make it")]
pub struct Here;

impl Here {
    /// This place, in `module` of `package`.
    // A method: its place is that of its name and its arguments, whatever the path before them is.
    #[track_caller]
    pub const fn location(self, module: &'static str, package: &'static str) -> Location {
        let place = panic::Location::caller();
        Location { file: place.file(), line: place.line(), module, package }
    }
}
