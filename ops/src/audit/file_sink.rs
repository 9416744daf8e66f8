//! The file of an audit log: append-only, locked against other servers, and reopened after rotation.

use super::appender::Appender;
use super::chain::Link;
use super::sink::Sink;
#[cfg(unix)]
use rustix::{fs::FlockOperation, fs::flock, io::Errno};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
#[cfg(unix)]
use std::{sync::mpsc::channel, thread, time::Duration};

/// An append-only file, created with permissions for its owner only.
///
/// Each line goes to the file that is currently at the path: if the file was renamed or removed, a new one is opened and
/// continues the chain.
#[derive(Debug)]
pub(crate) struct FileSink {
    /// Absolute path, independent of the working directory.
    path: PathBuf,
    appender: Appender<File>,
    /// Last line written, without its newline.
    last: Option<String>,
}

impl FileSink {
    /// Opens or creates the file at `path`, and returns it with the last link of its chain.
    ///
    /// An empty file continues the chain of the newest rotated file in the same directory.
    ///
    /// # Errors
    /// If the file cannot be opened, is locked by another server, or does not end with an audit record.
    pub(super) fn open(path: &Path) -> io::Result<(FileSink, Link)> {
        let path = std::path::absolute(path)?;
        let mut file = open(&path)?;
        #[cfg(unix)]
        lock(&file)?;
        let (length, last) = last_line(&mut file)?;
        let last = last.or_else(|| last_rotated_line(&path));
        let link = match &last {
            None => Link::start(),
            Some(line) => {
                let (link, _) = Link::read(line)
                    .map_err(|reason| io::Error::other(format!("invalid last line: {reason}; move the file away")))?;
                link
            }
        };
        // Removes a partial line that a killed process may have left.
        file.set_len(length)?;
        Ok((FileSink { path, appender: Appender::new(file), last }, link))
    }

    /// Returns `true` if the open file is still the one at the path.
    #[cfg(unix)]
    fn is_current(&self) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) => Ok(identity(metadata) == identity(self.appender.file().metadata()?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Opens the file that is now at the path and continues the chain in it.
    #[cfg(unix)]
    fn reopen(&mut self) -> io::Result<()> {
        let mut file = open(&self.path)?;
        // Does not wait for the lock: a server that is shutting down does not rotate.
        if is_locked_by_another(&file) {
            return Err(locked_by_another_server());
        }
        let (length, last) = last_line(&mut file)?;
        if last.is_some() && last != self.last {
            return Err(io::Error::other("replaced by another audit log; move that file away"));
        }
        file.set_len(length)?;
        self.appender = Appender::new(file);
        Ok(())
    }
}

impl Sink for FileSink {
    fn write(&mut self, line: &str) -> io::Result<()> {
        // On other systems, an open file cannot be renamed or removed.
        #[cfg(unix)]
        if !self.is_current()? {
            self.reopen()?;
        }
        self.appender.append(line)?;
        self.last = Some(line.trim_end().to_owned());
        Ok(())
    }
}

/// Opens or creates the file at `path`.
///
/// # Errors
/// If not a regular file, or is world-writable.
fn open(path: &Path) -> io::Result<File> {
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("not a regular file"));
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o002 != 0 {
        return Err(io::Error::other("writable by all users; run `chmod o-w` on it"));
    }
    Ok(file)
}

/// Locks the file until it is closed: lines of two writers would break the chain.
#[cfg(unix)]
fn lock(file: &File) -> io::Result<()> {
    /// Time to wait for a previous server that is shutting down.
    const LOCK_TIMEOUT: Duration = Duration::from_secs(1);
    if !is_locked_by_another(file) {
        return Ok(());
    }
    // Both descriptors share the lock, which is held until the last one is closed.
    let (duplicate, (sender, receiver)) = (file.try_clone()?, channel());
    thread::Builder::new()
        .name("ops-audit-lock".to_owned())
        .spawn(move || sender.send(flock(duplicate, FlockOperation::LockExclusive)))?;
    match receiver.recv_timeout(LOCK_TIMEOUT) {
        Ok(locked) => Ok(locked?),
        Err(_elapsed) => Err(locked_by_another_server()),
    }
}

/// Tries to lock the file. Returns `true` if another server holds the lock.
///
/// Returns `false` on file systems without locks.
#[cfg(unix)]
fn is_locked_by_another(file: &File) -> bool {
    // `File::try_lock` requires a newer Rust than the MSRV.
    flock(file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK)
}

#[cfg(unix)]
fn locked_by_another_server() -> io::Error {
    io::Error::other("locked by another server; use a separate file for each server")
}

/// Returns the last line of the newest rotated file of `path` that ends with an audit record.
///
/// Rotated files are in the same directory and have the file name as a prefix: `audit.log.1`, `audit.log-20261130`.
fn last_rotated_line(path: &Path) -> Option<String> {
    let name = path.file_name()?.as_encoded_bytes();
    let entries = fs::read_dir(path.parent()?).ok()?.filter_map(Result::ok);
    let rotated = entries.filter(|entry| {
        let other = entry.file_name();
        other.as_encoded_bytes().len() > name.len() && other.as_encoded_bytes().starts_with(name)
    });
    let mut rotated: Vec<(SystemTime, PathBuf)> = rotated
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, entry.path()))
        })
        .collect();
    rotated.sort();
    rotated.iter().rev().find_map(|(_modified, path)| {
        let (_length, last) = last_line(&mut File::open(path).ok()?).ok()?;
        last.filter(|line| Link::read(line).is_ok())
    })
}

/// Returns the total length of the complete lines, in bytes, and the last of these lines.
///
/// # Errors
/// If the file ends with something other than a complete or truncated record.
fn last_line(file: &mut File) -> io::Result<(u64, Option<String>)> {
    /// Prefix of every line.
    const PREFIX: &[u8] = b"{\"seq\":";
    /// Number of bytes to read, more than the maximum length of a line.
    const TAIL: u64 = 256 * 1024;
    let length = file.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let complete = tail.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let rest = &tail[complete..];
    // The caller removes the rest, so it must be a truncated record and not foreign data.
    if !rest.starts_with(PREFIX) && !PREFIX.starts_with(rest) || complete == 0 && start > 0 {
        return Err(io::Error::other("the file does not end with an audit record; move it away"));
    }
    let Some(lines) = tail[..complete].strip_suffix(b"\n") else { return Ok((0, None)) };
    let last = lines.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    Ok((start + complete as u64, Some(String::from_utf8_lossy(&lines[last..]).into_owned())))
}
