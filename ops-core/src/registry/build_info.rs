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
