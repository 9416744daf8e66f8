//! What was built.

use crate::descriptor::Kind;
use crate::metric::{Instrument, LabelWriter, Part, Reader, Value};

/// The package that a program was built from, as labels; [`build_info!`](crate::build_info) makes one.
#[derive(Debug)]
pub struct BuildInfo {
    package: &'static str,
    version: &'static str,
}

impl BuildInfo {
    /// The `version` of `package`.
    pub const fn new(package: &'static str, version: &'static str) -> Self {
        BuildInfo { package, version }
    }
}

impl Instrument for BuildInfo {
    fn parts(&self) -> Vec<Part> {
        vec![Part::whole(Kind::Info, vec!["package", "version"])]
    }

    fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let mut labels = String::new();
        let mut to = LabelWriter::new(&mut labels);
        to.label("package", self.package);
        to.label("version", self.version);
        series(&labels, Value::Info);
    }

    fn overflowed(&self) -> u64 {
        0
    }
}

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
            use $crate::__private::{BuildInfo, METRICS, MetricDescriptor, MetricEntry, linkme, location};

            static BUILD: BuildInfo = BuildInfo::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

            #[linkme::distributed_slice(METRICS)]
            #[linkme(crate = linkme)]
            static ENTRY: MetricEntry = MetricEntry::new(
                MetricDescriptor::new(
                    "build",
                    "What was built.",
                    None,
                    location(file!(), line!(), module_path!(), Some(env!("CARGO_PKG_NAME"))),
                ),
                &BUILD,
            );
        };
    };
}
