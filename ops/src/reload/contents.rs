//! Reads a set of files consistently, such as matching versions of a certificate and its key.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zeroize::Zeroizing;

/// Maximum size of a file, in bytes.
const MAX_SIZE: u64 = 1024 * 1024;
/// Maximum number of reads if files keep changing; the result of the last one is used.
const ATTEMPTS: u32 = 3;

/// Reasons a file cannot be read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// An I/O error.
    Failed(io::Error),
    /// The type, size or permissions of the file are not accepted; contains the reason and the remedy.
    Refused(&'static str),
}

/// Makes `path` absolute, so that it does not depend on later changes of the working directory.
pub(crate) fn absolute(path: PathBuf) -> PathBuf {
    // Fails only without a working directory, or if the path is empty and so cannot be opened anyway.
    std::path::absolute(&path).unwrap_or(path)
}

/// Reads a consistent version of the files at `paths`, repeating if one changes meanwhile. May block.
///
/// # Errors
/// The first file that cannot be read, and the reason.
pub(super) fn read_together(paths: &[PathBuf]) -> Result<Vec<Zeroizing<Vec<u8>>>, (&Path, Unread)> {
    read_together_and(paths, &mut || {})
}

/// Like [`read_together`], but calls `interfere` after reading each file.
///
/// Tests use this to change files during the read.
fn read_together_and<'a>(
    paths: &'a [PathBuf],
    interfere: &mut dyn FnMut(),
) -> Result<Vec<Zeroizing<Vec<u8>>>, (&'a Path, Unread)> {
    let mut attempt = 1;
    loop {
        let read = paths.iter().map(|path| {
            let read = read_with_identity(path).map_err(|unread| (path.as_path(), unread));
            interfere();
            read
        });
        let read = read.collect::<Result<Vec<_>, _>>()?;
        let is_same = |(path, (_, identity)): (&PathBuf, &(_, Identity))| {
            std::fs::metadata(path).is_ok_and(|metadata| Identity::of(&metadata) == *identity)
        };
        // Files that keep changing are used as read last; parsing validates them.
        if attempt == ATTEMPTS || paths.iter().zip(&read).all(is_same) {
            return Ok(read.into_iter().map(|(bytes, _identity)| bytes).collect());
        }
        attempt += 1;
    }
}

/// Reads the file at `path`, which must be a regular file of at most 1 MiB and not world-writable.
///
/// May block.
#[cfg(feature = "certificate")]
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unread> {
    read_with_identity(path).map(|(bytes, _identity)| bytes)
}

/// Reads the file at `path` and its identity.
fn read_with_identity(path: &Path) -> Result<(Zeroizing<Vec<u8>>, Identity), Unread> {
    // Checked before opening, because opening a FIFO blocks until it has a writer.
    check(&std::fs::metadata(path).map_err(Unread::Failed)?)?;
    let file = File::open(path).map_err(Unread::Failed)?;
    // The path may refer to a different file now, so use the metadata of the opened file.
    let metadata = file.metadata().map_err(Unread::Failed)?;
    check(&metadata)?;
    // Reserve the full capacity, so that reallocation leaves no copies of a key in memory that is not zeroized.
    let capacity = usize::try_from(metadata.len().min(MAX_SIZE)).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(Unread::Failed)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(Unread::Refused("larger than 1 MiB"));
    }
    Ok((bytes, Identity::of(&metadata)))
}

fn check(metadata: &Metadata) -> Result<(), Unread> {
    if !metadata.is_file() {
        return Err(Unread::Refused("not a regular file"));
    }
    #[cfg(unix)]
    if mode(metadata) & 0o002 != 0 {
        return Err(Unread::Refused("writable by all users; run `chmod o-w` on it"));
    }
    Ok(())
}

/// The metadata that identifies a version of a file.
#[derive(PartialEq, Eq)]
struct Identity {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and time of the last change (`ctime`).
    #[cfg(unix)]
    inode: (u64, u64, i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Identity {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Identity {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// Returns `true` if the file at `path` is world-readable.
#[cfg(feature = "tls")]
pub(crate) fn is_readable_by_everyone(path: &Path) -> bool {
    #[cfg(unix)]
    return std::fs::metadata(path).is_ok_and(|metadata| mode(&metadata) & 0o004 != 0);
    #[cfg(not(unix))]
    return false;
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn texts(read: Result<Vec<Zeroizing<Vec<u8>>>, (&Path, Unread)>) -> Vec<String> {
        read.unwrap().iter().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).collect()
    }

    #[cfg(unix)]
    #[test]
    fn files_are_read_consistently_while_their_folder_is_swapped() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for version in ["1", "2"] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("certificate"), version).unwrap();
            fs::write(at(version).join("key"), version).unwrap();
        }
        symlink("1", at("..data")).unwrap();
        let paths = ["certificate", "key"].map(|name| at("..data").join(name));
        let mut calls = 0;
        let read = read_together_and(&paths, &mut || {
            calls += 1;
            if calls == 1 {
                symlink("2", at("..new")).unwrap();
                fs::rename(at("..new"), at("..data")).unwrap();
            }
        });
        assert_eq!(texts(read), ["2", "2"]);
        assert_eq!(calls, 4, "both files were read twice");
    }

    #[test]
    fn file_that_changes_during_the_read_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("settings")];
        fs::write(&paths[0], "half").unwrap();
        let mut calls = 0;
        let read = read_together_and(&paths, &mut || {
            calls += 1;
            if calls == 1 {
                fs::write(&paths[0], "half and half").unwrap();
            }
        });
        assert_eq!(texts(read), ["half and half"]);
    }

    #[test]
    fn file_that_keeps_changing_is_used_after_three_attempts() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("settings")];
        fs::write(&paths[0], "").unwrap();
        let mut calls = 0;
        let read = read_together_and(&paths, &mut || {
            calls += 1;
            fs::write(&paths[0], "x".repeat(calls)).unwrap();
        });
        assert_eq!(texts(read), ["xx"], "the contents of the third attempt");
    }
}
