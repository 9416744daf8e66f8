//! The package of the user, registered.

/// Serves `build_info{package="..",version=".."} 1`, with the name and the version of the package that it stands in.
///
/// Once in a program: beside `main`.
///
/// ```standalone_crate
/// ops::build_info!();
///
/// # fn main() {
/// assert!(ops::metrics().to_text().contains("\nbuild_info{package="));
/// # }
/// ```
#[macro_export]
macro_rules! build_info {
    () => {
        const _: () = {
            use $crate::__private::{BuildInfo, Here, MetricDescriptor, MetricEntry, metric_element};

            static BUILD: BuildInfo = BuildInfo::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

            metric_element! {
                static ENTRY: MetricEntry = MetricEntry::new(
                    MetricDescriptor::new(
                        "build",
                        "What was built.",
                        None,
                        Here.location(module_path!(), env!("CARGO_PKG_NAME")),
                    ),
                    &BUILD,
                );
            }
        };
    };
}
