//! Where an annotated item stands.

use crate::descriptor::Location;

/// A place in the source; `package` is there if Cargo builds the crate.
pub const fn location(file: &'static str, line: u32, module: &'static str, package: Option<&'static str>) -> Location {
    let package = match package {
        Some(package) => package,
        None => "",
    };
    Location::new(file, line, module, package)
}
