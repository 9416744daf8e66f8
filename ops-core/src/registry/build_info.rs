//! What was built.

use crate::descriptor::MetricKind;
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

    /// The package.
    pub const fn package(&self) -> &'static str {
        self.package
    }

    /// The version of the package.
    pub const fn version(&self) -> &'static str {
        self.version
    }
}

inventory::collect!(BuildInfo);

/// Returns the package that [`build_info!`](crate::build_info) stands in; the first by name if there are several.
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
