//! The file of an audit log: locked, only ever appended to, and reopened when it is rotated.

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

/// A file that is only ever appended to, and that only its owner may read.
///
/// Each line goes to the file that is at the path when it is written: a file that was renamed or removed is reopened, and its
/// chain goes on in the new one.
#[derive(Debug)]
pub(crate) struct FileSink {
    /// Absolute, so that the working directory may change.
    path: PathBuf,
    appender: Appender<File>,
    /// The last line that is written, without its newline.
    last: Option<String>,
}

impl FileSink {
    /// Opens or creates the file at `path`, and finds where its chain ends. An empty one goes on with the chain of the newest
    /// file beside it that was rotated away.
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
                let (link, _) = Link::read(line).map_err(|reason| {
                    io::Error::other(format!("its last line is wrong, {reason}: move the file away"))
                })?;
                link
            }
        };
        // What a process has left that was ended while it wrote.
        file.set_len(length)?;
        Ok((FileSink { path, appender: Appender::new(file), last }, link))
    }

    /// Returns `true` if the open file is the one at the path.
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

    /// Goes on in the file that is at the path now.
    #[cfg(unix)]
    fn reopen(&mut self) -> io::Result<()> {
        let mut file = open(&self.path)?;
        // Without patience: a server that is about to end does not rotate.
        if is_locked_by_another(&file) {
            return Err(locked_by_another_server());
        }
        let (length, last) = last_line(&mut file)?;
        if last.is_some() && last != self.last {
            return Err(io::Error::other("another audit log is at its path; move that file away"));
        }
        file.set_len(length)?;
        self.appender = Appender::new(file);
        Ok(())
    }
}

impl Sink for FileSink {
    fn write(&mut self, line: &str) -> io::Result<()> {
        // Elsewhere an open file cannot be renamed or removed.
        #[cfg(unix)]
        if !self.is_current()? {
            self.reopen()?;
        }
        self.appender.append(line)?;
        self.last = Some(line.trim_end().to_owned());
        Ok(())
    }
}

/// Opens or creates the file at `path`, unless it is one that a log must not be in.
fn open(path: &Path) -> io::Result<File> {
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o002 != 0 {
        return Err(io::Error::other("everyone may write it: take that away with `chmod o-w`"));
    }
    Ok(file)
}

/// Keeps others from writing to the file until it is closed: the lines of two would not follow on one another.
#[cfg(unix)]
fn lock(file: &File) -> io::Result<()> {
    /// A server that this one follows on may be about to end.
    const PATIENCE: Duration = Duration::from_secs(1);
    if !is_locked_by_another(file) {
        return Ok(());
    }
    // The lock is that of both, and is kept by the one that is left.
    let (waiting, (tell, told)) = (file.try_clone()?, channel());
    thread::Builder::new()
        .name("ops-audit-lock".to_owned())
        .spawn(move || tell.send(flock(waiting, FlockOperation::LockExclusive)))?;
    match told.recv_timeout(PATIENCE) {
        Ok(locked) => Ok(locked?),
        Err(_elapsed) => Err(locked_by_another_server()),
    }
}

/// Locks the file, unless another server has. There are file systems without locks.
#[cfg(unix)]
fn is_locked_by_another(file: &File) -> bool {
    // `File::try_lock` is newer than the oldest Rust that this crate supports.
    flock(file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK)
}

#[cfg(unix)]
fn locked_by_another_server() -> io::Error {
    io::Error::other("another server writes to it: give each a file of its own")
}

/// Returns the last record of the newest file beside `path` that was rotated away: one whose name begins with that of `path`, as
/// `audit.log.1` and `audit.log-20261130` do.
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

/// The length of all whole lines, and the last of them.
fn last_line(file: &mut File) -> io::Result<(u64, Option<String>)> {
    /// The first bytes of every line.
    const BEGINNING: &[u8] = b"{\"seq\":";
    /// Longer than any line: a path has at most 8 KiB.
    const TAIL: u64 = 256 * 1024;
    let length = file.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let whole = tail.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let rest = &tail[whole..];
    // What follows on the last whole line is cut off: only if it is the beginning of one, and not what somebody else has written.
    if !rest.starts_with(BEGINNING) && !BEGINNING.starts_with(rest) || whole == 0 && start > 0 {
        return Err(io::Error::other("it does not end in a record of an audit log: move the file away"));
    }
    let Some(lines) = tail[..whole].strip_suffix(b"\n") else { return Ok((0, None)) };
    let begin = lines.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    Ok((start + whole as u64, Some(String::from_utf8_lossy(&lines[begin..]).into_owned())))
}
