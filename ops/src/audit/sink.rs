//! Where the lines of the log go.

use super::chain::Link;
use ops_core::unwind::IgnorePoison;
#[cfg(unix)]
use rustix::{fs::FlockOperation, fs::flock, io::Errno};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
#[cfg(unix)]
use std::{sync::mpsc::channel, thread, time::Duration};

/// Takes the lines of the audit log, one at a time and in order, on a thread of its own.
///
/// A mutation is refused unless its line was taken, so a sink that blocks or fails keeps anything from being changed.
pub trait Sink: Send + 'static {
    /// Takes a line, which ends in a newline. It is safe when this returns.
    ///
    /// # Errors
    /// If the line is not safe; it is then as if it had never been written.
    fn write(&mut self, line: &str) -> io::Result<()>;
}

impl<T: Sink + ?Sized> Sink for Box<T> {
    fn write(&mut self, line: &str) -> io::Result<()> {
        (**self).write(line)
    }
}

/// A sink that others may use too, such as a test that reads what was written.
impl<T: Sink + ?Sized> Sink for Arc<Mutex<T>> {
    fn write(&mut self, line: &str) -> io::Result<()> {
        self.lock().ignore_poison().write(line)
    }
}

/// The standard error of the process.
#[derive(Debug)]
pub(crate) struct Stderr;

impl Sink for Stderr {
    fn write(&mut self, line: &str) -> io::Result<()> {
        io::stderr().write_all(line.as_bytes())
    }
}

/// A file that is only ever appended to, and that only its owner may read.
#[derive(Debug)]
pub(crate) struct FileSink {
    file: File,
    /// Up to where the lines are whole.
    length: u64,
}

impl FileSink {
    /// Opens or makes the file at `path`, and finds where its chain has come to.
    pub(super) fn open(path: &Path) -> io::Result<(FileSink, Link)> {
        if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(io::Error::other("it is no regular file"));
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        #[cfg(unix)]
        lock(&file)?;
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o002 != 0 {
            return Err(io::Error::other("everyone may write it: take that away with `chmod o-w`"));
        }
        let (length, last) = last_line(&mut file)?;
        let link = match last {
            None => Link::start(),
            Some(line) => {
                let (link, _) = Link::read(&line).map_err(|reason| {
                    io::Error::other(format!("its last line is wrong, {reason}: move the file away"))
                })?;
                link
            }
        };
        // What a process has left that was ended while it wrote.
        file.set_len(length)?;
        Ok((FileSink { file, length }, link))
    }
}

impl Sink for FileSink {
    fn write(&mut self, line: &str) -> io::Result<()> {
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // Half a line would break the chain.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

/// Keeps others from writing to it until it is closed: the lines of two would not follow on one another.
#[cfg(unix)]
fn lock(file: &File) -> io::Result<()> {
    /// A server that this one follows on may be about to end.
    const PATIENCE: Duration = Duration::from_secs(1);
    // `File::try_lock` is newer than the oldest Rust that this crate supports.
    let Err(Errno::WOULDBLOCK) = flock(file, FlockOperation::NonBlockingLockExclusive) else {
        // There are file systems without locks.
        return Ok(());
    };
    // The lock is that of both, and is kept by the one that is left.
    let (waiting, (tell, told)) = (file.try_clone()?, channel());
    thread::Builder::new()
        .name("ops-audit-lock".to_owned())
        .spawn(move || tell.send(flock(waiting, FlockOperation::LockExclusive)))?;
    match told.recv_timeout(PATIENCE) {
        Ok(locked) => Ok(locked?),
        Err(_elapsed) => Err(io::Error::other("another server writes to it: give each a file of its own")),
    }
}

/// The length of all whole lines, and the last of them.
fn last_line(file: &mut File) -> io::Result<(u64, Option<String>)> {
    /// What every line begins with.
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
