//! Contents of files that belong together, read as of one moment.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zeroize::Zeroizing;

/// The longest file, in bytes.
const LONGEST: u64 = 1024 * 1024;
/// The number of reads of files that keep changing; the last one is used as it is.
const ATTEMPTS: u32 = 3;

/// Why a file was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// The system does not let it.
    Failed(io::Error),
    /// It is something that settings should not be read from; why, and what to do.
    Refused(&'static str),
}

/// Makes `path` absolute, so that a later change of the working directory does not make it another file.
pub(crate) fn absolute(path: PathBuf) -> PathBuf {
    // Fails for an empty path, which cannot be opened either, and without a working directory.
    std::path::absolute(&path).unwrap_or(path)
}

/// Reads the files at `paths` as they are at one moment: if one of them changes or is replaced while they are read, they are
/// read again. May block.
///
/// # Errors
/// The first file that cannot be read, and why.
pub(super) fn read_together(paths: &[PathBuf]) -> Result<Vec<Zeroizing<Vec<u8>>>, (&Path, Unread)> {
    read_together_and(paths, &mut || {})
}

/// The same, with `interfere` called after each file that was read.
fn read_together_and<'a>(
    paths: &'a [PathBuf],
    interfere: &mut dyn FnMut(),
) -> Result<Vec<Zeroizing<Vec<u8>>>, (&'a Path, Unread)> {
    let mut attempt = 1;
    loop {
        let read = paths.iter().map(|path| {
            let read = read_as_of(path).map_err(|unread| (path.as_path(), unread));
            interfere();
            read
        });
        let read = read.collect::<Result<Vec<_>, _>>()?;
        let is_same = |(path, (_, identity)): (&PathBuf, &(_, Identity))| {
            std::fs::metadata(path).is_ok_and(|metadata| Identity::of(&metadata) == *identity)
        };
        // A file that never rests is taken as it is: its content is checked anyway.
        if attempt == ATTEMPTS || paths.iter().zip(&read).all(is_same) {
            return Ok(read.into_iter().map(|(bytes, _identity)| bytes).collect());
        }
        attempt += 1;
    }
}

/// Reads the file at `path`: a regular one of at most 1 MiB that not everyone may write. May block.
#[cfg(feature = "certificate")]
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unread> {
    read_as_of(path).map(|(bytes, _identity)| bytes)
}

/// Reads the file at `path` and tells which version of it that is.
fn read_as_of(path: &Path) -> Result<(Zeroizing<Vec<u8>>, Identity), Unread> {
    // Looked at before it is opened: to open a pipe waits for who writes into it.
    check(&std::fs::metadata(path).map_err(Unread::Failed)?)?;
    let file = File::open(path).map_err(Unread::Failed)?;
    // Another file may be there by now; the identity is that of the one that is read.
    let metadata = file.metadata().map_err(Unread::Failed)?;
    check(&metadata)?;
    // With room for all of it, so that no part is left behind where the bytes have grown out of.
    let room = usize::try_from(metadata.len().min(LONGEST)).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(Unread::Failed)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Unread::Refused("it is longer than 1 MiB"));
    }
    Ok((bytes, Identity::of(&metadata)))
}

fn check(metadata: &Metadata) -> Result<(), Unread> {
    if !metadata.is_file() {
        return Err(Unread::Refused("it is no file"));
    }
    #[cfg(unix)]
    if mode(metadata) & 0o002 != 0 {
        return Err(Unread::Refused("everyone may write it: take that away with `chmod o-w`"));
    }
    Ok(())
}

/// The version of a file, as far as the system tells it without reading.
#[derive(PartialEq, Eq)]
struct Identity {
    length: u64,
    modified: Option<SystemTime>,
    /// The device, the inode, and the time of its last change.
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

/// Returns `true` if everyone on the machine may read the file at `path`.
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
    fn files_whose_folder_is_swapped_while_they_are_read_are_of_one_version() {
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
        assert_eq!(calls, 4, "they were read twice");
    }

    #[test]
    fn file_that_is_written_while_it_is_read_is_read_again() {
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
    fn file_that_never_rests_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("settings")];
        fs::write(&paths[0], "").unwrap();
        let mut calls = 0;
        let read = read_together_and(&paths, &mut || {
            calls += 1;
            fs::write(&paths[0], "x".repeat(calls)).unwrap();
        });
        assert_eq!(texts(read), ["xx"], "as it was at the third reading");
    }
}
