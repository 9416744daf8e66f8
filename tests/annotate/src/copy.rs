//! A copy of a crate that may be changed.

use std::fs;
use std::io;
use std::path::Path;

/// Copies the folder `from` to `to`, of which nothing stays. Left out is what makes cargo build something else than the crate.
pub(crate) fn fresh(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    copy(from, to)?;
    for left_out in ["Cargo.lock", "rust-toolchain", "rust-toolchain.toml"] {
        let path = to.join(left_out);
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
            // Written rather than copied: files of the registry may be read-only.
            fs::write(target, fs::read(path)?)?;
        }
    }
    Ok(())
}
