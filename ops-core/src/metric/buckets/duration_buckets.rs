//! Duration buckets of functions and spans, resolved from item, package and program defaults.

use super::bucket_bounds::Buckets;
use crate::descriptor::Location;

/// The `buckets` and `durations` options of a function or a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum DurationBuckets {
    /// Neither is set: the package default applies, otherwise the program default.
    Default,
    /// Buckets declared on the item.
    Declared(Buckets),
    /// Durations are not recorded.
    Off,
}

impl DurationBuckets {
    /// Returns the buckets of an item at `location`, or `None` if its durations are not recorded.
    pub(crate) fn resolve(self, location: Location, program_default: Buckets) -> Option<Buckets> {
        match self {
            DurationBuckets::Off => None,
            DurationBuckets::Declared(buckets) => Some(buckets),
            DurationBuckets::Default => Some(package_default(location.package).unwrap_or(program_default)),
        }
    }
}

/// Default duration buckets of a package.
///
/// Created by [`default_duration_buckets!`](crate::default_duration_buckets).
#[derive(Clone, Copy, Debug)]
pub struct PackageBuckets {
    location: Location,
    buckets: Buckets,
}

impl PackageBuckets {
    /// Creates the default `buckets` for all functions and spans in the package of `location`.
    pub const fn new(location: Location, buckets: Buckets) -> Self {
        PackageBuckets { location, buckets }
    }
}

inventory::collect!(PackageBuckets);

/// Returns the default buckets of `package`.
///
/// The linker guarantees no order, so of several declarations the first by source location wins.
fn package_default(package: &str) -> Option<Buckets> {
    let declared =
        inventory::iter::<PackageBuckets>.into_iter().filter(|declared| declared.location.package == package);
    declared.min_by_key(|declared| declared.location).map(|declared| declared.buckets)
}

/// Sets the default duration buckets of the functions and spans in this package, in seconds.
///
/// Invoke it once per package, at the crate root, for example in a library whose calls take microseconds or a worker whose jobs
/// take minutes. It overrides [the program default](crate::Metrics::set_default_duration_buckets), and the `buckets` option of a
/// function overrides it. Of several invocations in one package the first by source location wins. Invalid buckets are a
/// compile error.
///
/// ```standalone_crate
/// # extern crate ops_core as ops;
/// use ops::Buckets;
///
/// ops::default_duration_buckets!(Buckets::SECONDS_SHORT);
///
/// #[ops::metric(name = "decode")]
/// fn decode() {}
///
/// # fn main() {
/// decode();
/// assert!(ops::metrics().to_text().contains("\ndecode_duration_seconds_bucket{outcome=\"ok\",le=\"0.01\"} 1\n"));
/// # }
/// ```
#[macro_export]
macro_rules! default_duration_buckets {
    ($buckets:expr $(,)?) => {
        $crate::__private::inventory::submit! {
            $crate::__private::PackageBuckets::new(
                $crate::__private::Here.location(module_path!(), env!("CARGO_PKG_NAME")),
                $buckets,
            )
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Location = Location::new("app.rs", 3, "app", "app");
    const ELSEWHERE: Location = Location::new("lib.rs", 3, "declares_buckets", "declares_buckets");
    const PACKAGE_DEFAULT: Buckets = Buckets::list(&[1.0]);
    const PROGRAM_DEFAULT: Buckets = Buckets::list(&[2.0]);
    const DECLARED: Buckets = Buckets::list(&[3.0]);

    inventory::submit! { PackageBuckets::new(Location { line: 9, ..ELSEWHERE }, DECLARED) }
    inventory::submit! { PackageBuckets::new(ELSEWHERE, PACKAGE_DEFAULT) }

    #[test]
    fn item_buckets_override_package_buckets_override_program_default() {
        for (declared, location, resolved) in [
            (DurationBuckets::Declared(DECLARED), ELSEWHERE, Some(DECLARED)),
            (DurationBuckets::Default, ELSEWHERE, Some(PACKAGE_DEFAULT)),
            (DurationBuckets::Default, HERE, Some(PROGRAM_DEFAULT)),
            (DurationBuckets::Off, ELSEWHERE, None),
        ] {
            assert_eq!(declared.resolve(location, PROGRAM_DEFAULT), resolved, "{declared:?} at {location}");
        }
    }
}
