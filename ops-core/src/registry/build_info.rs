//! The `build_info` metric: package and version of a program.

use crate::descriptor::MetricKind;
use crate::metric::{Instrument, LabelWriter, Part, Reader, Value};

/// The package and version of a program, registered by [`build_info!`](crate::build_info).
#[derive(Debug)]
pub struct BuildInfo {
    package: &'static str,
    version: &'static str,
}

impl BuildInfo {
    /// Creates the build information of `package` in `version`.
    pub const fn new(package: &'static str, version: &'static str) -> Self {
        BuildInfo { package, version }
    }

    /// Returns the name of the package.
    pub const fn package(&self) -> &'static str {
        self.package
    }

    /// Returns the version of the package.
    pub const fn version(&self) -> &'static str {
        self.version
    }
}

inventory::collect!(BuildInfo);

/// Returns the linked [`BuildInfo`]; the first by package name if there are several.
pub(crate) fn linked_build_info() -> Option<&'static BuildInfo> {
    inventory::iter::<BuildInfo>.into_iter().min_by_key(|build| (build.package, build.version))
}

impl Instrument for BuildInfo {
    fn parts(&self) -> Vec<Part> {
        vec![Part::whole(MetricKind::Info, vec!["package", "version"])]
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
