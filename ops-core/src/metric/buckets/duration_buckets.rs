//! Buckets of the durations of functions and spans: declared by the item, by its package or by the program, in this order.

use super::bucket_bounds::Buckets;
use crate::descriptor::Location;

/// The `buckets` and `durations` options of a function or a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum DurationBuckets {
    /// Neither is set: the default of the package, or else that of the program.
    Default,
    /// Buckets of its own.
    Declared(Buckets),
    /// Its durations are not recorded.
    Off,
}

impl DurationBuckets {
    /// Returns the buckets of an item at `location` in a program with the default `program_default`, or `None` if its durations
    /// are not recorded.
    pub(crate) fn resolve(self, location: Location, program_default: Buckets) -> Option<Buckets> {
        match self {
            DurationBuckets::Off => None,
            DurationBuckets::Declared(buckets) => Some(buckets),
            DurationBuckets::Default => Some(of_package(location.package).unwrap_or(program_default)),
        }
    }
}

/// The default buckets of the durations of a package; [`default_duration_buckets!`](crate::default_duration_buckets) makes one.
#[derive(Clone, Copy, Debug)]
pub struct PackageBuckets {
    location: Location,
    buckets: Buckets,
}

impl PackageBuckets {
    /// `buckets` for all functions and spans in the package of `location`.
    pub const fn new(location: Location, buckets: Buckets) -> Self {
        PackageBuckets { location, buckets }
    }
}

inventory::collect!(PackageBuckets);

/// Returns the default buckets of `package`. The linker guarantees no order: of several declarations the first in the source counts.
fn of_package(package: &str) -> Option<Buckets> {
    let declared =
        inventory::iter::<PackageBuckets>.into_iter().filter(|declared| declared.location.package == package);
    declared.min_by_key(|declared| declared.location).map(|declared| declared.buckets)
}

/// Sets the buckets of the durations of all functions and spans of this package that declare none, in seconds.
///
/// Once in a package, beside its root: for a library of microseconds, or a worker of minutes. The option `buckets` of a function
/// comes before it, and it comes before
/// [the default of the program](crate::Metrics::set_default_duration_buckets). Of several declarations in one package the
/// first by place in the source counts. Invalid buckets are an error of the compiler.
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
    const OF_PACKAGE: Buckets = Buckets::list(&[1.0]);
    const OF_PROGRAM: Buckets = Buckets::list(&[2.0]);
    const OWN: Buckets = Buckets::list(&[3.0]);

    inventory::submit! { PackageBuckets::new(Location { line: 9, ..ELSEWHERE }, OWN) }
    inventory::submit! { PackageBuckets::new(ELSEWHERE, OF_PACKAGE) }

    #[test]
    fn declared_buckets_precede_those_of_the_package_and_these_the_default_of_the_program() {
        for (declared, location, resolved) in [
            (DurationBuckets::Declared(OWN), ELSEWHERE, Some(OWN)),
            (DurationBuckets::Default, ELSEWHERE, Some(OF_PACKAGE)),
            (DurationBuckets::Default, HERE, Some(OF_PROGRAM)),
            (DurationBuckets::Off, ELSEWHERE, None),
        ] {
            assert_eq!(declared.resolve(location, OF_PROGRAM), resolved, "{declared:?} at {location}");
        }
    }
}
