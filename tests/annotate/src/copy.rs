//! Copies the source of a crate out of cargo's registry, so that it can be modified.

use std::fs;
use std::io;
use std::path::Path;

/// Replaces the folder `to` with a copy of `from`.
///
/// Omits the lock file and the pinned toolchain, which would change the build.
pub(crate) fn fresh(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    copy(from, to)?;
    for omitted in ["Cargo.lock", "rust-toolchain", "rust-toolchain.toml"] {
        let path = to.join(omitted);
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            // `fs::copy` would also copy permissions, and files of the registry may be read-only.
            fs::write(target, fs::read(path)?)?;
        }
    }
    Ok(())
}
