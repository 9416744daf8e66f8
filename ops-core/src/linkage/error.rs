//! Errors about link-time registrations that are missing from the registry.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

/// A loss of link-time registrations, caused by the way the program was linked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkageError {
    /// The linker discarded unreferenced members of a static library.
    ArchiveMembers,
    /// A loaded image has registrations, but the registry is in another image and cannot read them.
    OtherImage {
        /// The executable or shared library with the registrations.
        path: PathBuf,
        /// The executable or shared library with the registry, if its path is known.
        registry: Option<PathBuf>,
        /// The number of metrics, annotated functions and spans that are missing.
        missing: u64,
    },
}

impl fmt::Display for LinkageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkageError::ArchiveMembers => f.write_str(
                "cannot find all metrics and health checks: the program was linked with a static library, and the linker left \
                 out the members that nothing references; link the library with `--whole-archive` (Apple: `-force_load`, \
                 MSVC: `/WHOLEARCHIVE`), or build it with `lto = \"fat\"`",
            ),
            LinkageError::OtherImage { path, registry, missing } => {
                let (path, s) = (path.display(), if *missing == 1 { " is" } else { "s are" });
                write!(f, "cannot find all metrics and spans: {missing} registration{s} in `{path}`, and `ops-core` is in ")?;
                match registry {
                    Some(registry) => write!(f, "`{}`", registry.display())?,
                    None => f.write_str("another image")?,
                }
                f.write_str(
                    ", whose registry covers only its own image; link all annotated crates into one image: as `rlib` instead of \
                     `dylib`, without `-C prefer-dynamic`",
                )
            }
        }
    }
}

impl Error for LinkageError {}
