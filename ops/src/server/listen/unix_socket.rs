//! Unix sockets: a file that only its owner may connect to, and that goes when the server does.

use super::ListenError;
use socket2::{Domain, SockAddr, Socket, Type};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

/// Who may connect: the owner. A program that wants others to may change the mode of the file.
const MODE: u32 = 0o600;

/// The file of a socket; dropping it removes the file, unless another server has taken its name.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Which file it is: device and inode.
    identity: (u64, u64),
}

/// Listens at `path`. A file that an ended server has left is replaced; one that is in use is not.
pub(super) fn open(path: &Path) -> Result<(UnixListener, SocketFile), ListenError> {
    let refused = |reason: String| ListenError::Socket { path: path.to_owned(), reason };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(refused(error.to_string())),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            return Err(refused("there is a file that is no socket: remove it, or use another path".to_owned()));
        }
        Ok(_) => match connect(path).map_err(|error| (error.kind(), error)) {
            // What has no more room for who waits listens too.
            Ok(()) | Err((io::ErrorKind::WouldBlock, _)) => {
                return Err(refused("another process listens there: end it, or use another path".to_owned()));
            }
            // Nobody does.
            Err((io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound, _)) => {}
            Err((_, error)) => return Err(refused(error.to_string())),
        },
    }
    // In a folder of the owner's until its mode is set, so that at no time another may connect.
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let folder = PathBuf::from(name);
    let new = folder.join("s");
    let clear = || {
        let _ = fs::remove_file(&new);
        let _ = fs::remove_dir(&folder);
    };
    let opened = || {
        clear();
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let listener = UnixListener::bind(&new)?;
        listener.set_nonblocking(true)?;
        fs::set_permissions(&new, fs::Permissions::from_mode(MODE))?;
        let identity = identity(&new)?;
        fs::rename(&new, path)?;
        Ok((listener, SocketFile { path: path.to_owned(), identity }))
    };
    let opened = opened();
    clear();
    opened.map_err(|error: io::Error| refused(error.to_string()))
}

/// Connects, and waits for nothing.
fn connect(path: &Path) -> io::Result<()> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::unix(path)?)
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

impl SocketFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn at_no_time_is_there_a_socket_that_others_may_connect_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ops.sock");
        let opens = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let watching = scope.spawn(|| {
                let mut seen = 0;
                while opens.load(Ordering::Relaxed) {
                    for entry in fs::read_dir(folder.path()).unwrap().map_while(Result::ok) {
                        // It may have gone since.
                        let Ok(metadata) = fs::symlink_metadata(entry.path()) else { continue };
                        let mode = metadata.permissions().mode() & 0o777;
                        let expected = if metadata.is_dir() { 0o700 } else { MODE };
                        assert_eq!(mode, expected, "{:?}", entry.file_name());
                        seen += 1;
                    }
                }
                seen
            });
            for _ in 0..500 {
                let (_listener, _file) = open(&path).unwrap();
            }
            opens.store(false, Ordering::Relaxed);
            assert!(watching.join().unwrap() > 0);
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }
}
