//! Where an annotated item stands.

use crate::descriptor::Location;

/// The place that this is called from. `module` and `package` are those of the crate that calls.
#[track_caller]
pub const fn location(module: &'static str, package: Option<&'static str>) -> Location {
    let caller = std::panic::Location::caller();
    let package = match package {
        Some(package) => package,
        None => "",
    };
    Location::new(caller.file(), caller.line(), module, package)
}
