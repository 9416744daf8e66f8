//! The metric `ops_build_info` with the version of this library.

use crate::registry::BuildInfo;

static BUILD: BuildInfo = BuildInfo::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

ops_core::link_instrument!("ops_build", "Version of `ops`.", BUILD);
