//! Unix sockets: accessible only to their owner by default, removed when the server shuts down.

use super::ListenError;
use socket2::{Domain, SockAddr, Socket, Type};
use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

/// Default mode: only the owner may connect.
const MODE: u32 = 0o600;

/// File name of the socket in its temporary folder, until its mode is set.
const SOCKET: &str = "s";

/// A Unix socket to listen on, with the mode and the group of its file.
///
/// ```
/// use ops::server::UnixSocket;
/// use ops::Address;
///
/// let socket = UnixSocket::new("/run/app/ops.sock").mode(0o660).group("monitoring");
/// assert_eq!(Address::from(socket).to_string(), "unix:/run/app/ops.sock");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnixSocket {
    path: PathBuf,
    mode: u32,
    group: Option<UnixGroup>,
}

/// A group, given by its ID or by its name in `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnixGroup(GroupRepr);

#[derive(Clone, Debug, PartialEq, Eq)]
enum GroupRepr {
    Id(u32),
    Name(String),
}

impl From<u32> for UnixGroup {
    fn from(id: u32) -> Self {
        UnixGroup(GroupRepr::Id(id))
    }
}

impl From<&str> for UnixGroup {
    fn from(name: &str) -> Self {
        UnixGroup(GroupRepr::Name(name.to_owned()))
    }
}

impl From<String> for UnixGroup {
    fn from(name: String) -> Self {
        UnixGroup(GroupRepr::Name(name))
    }
}

impl UnixSocket {
    /// Creates a socket at `path` to which only the user of the process may connect.
    pub fn new(path: impl Into<PathBuf>) -> UnixSocket {
        UnixSocket { path: path.into(), mode: MODE, group: None }
    }

    /// Sets the mode of the socket file; write permission is required to connect. At most `0o777`.
    ///
    /// Default: `0o600`.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> UnixSocket {
        self.mode = mode & 0o777;
        self
    }

    /// Sets the group of the socket file, by ID or name. The process must be a member or privileged.
    ///
    /// Default: the group of the process.
    #[must_use]
    pub fn group(mut self, group: impl Into<UnixGroup>) -> UnixSocket {
        self.group = Some(group.into());
        self
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl UnixGroup {
    fn id(&self) -> io::Result<u32> {
        match &self.0 {
            GroupRepr::Id(id) => Ok(*id),
            GroupRepr::Name(name) => id_of(name, &fs::read_to_string("/etc/group")?).ok_or_else(|| {
                io::Error::other(format!("unknown group `{}`; use one in `/etc/group`", name.escape_debug()))
            }),
        }
    }
}

/// Returns the ID of group `name` in the contents of `/etc/group`.
fn id_of(name: &str, groups: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?
    })
}

/// A socket file. Dropping it removes the file, unless another server has replaced it.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Device and inode number.
    identity: (u64, u64),
}

/// Listens on `socket`, replacing a stale socket file, but not one in use.
pub(super) fn open(socket: &UnixSocket) -> Result<(UnixListener, SocketFile), ListenError> {
    let path = &*socket.path;
    let refused = |reason: String| ListenError::Socket { path: path.to_owned(), reason };
    // A longer path could be bound indirectly, but clients could not connect to it.
    SockAddr::unix(path).map_err(|_too_long| {
        let bytes = path.as_os_str().len();
        refused(format!("the path of {bytes} bytes is too long for a socket on this system; use a shorter one"))
    })?;
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(refused(error.to_string())),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            return Err(refused("the file is not a socket; remove it or use another path".to_owned()));
        }
        Ok(_) => match connect(path).map_err(|error| (error.kind(), error)) {
            // A full accept queue (`WouldBlock`) means that a process is listening.
            Ok(()) | Err((io::ErrorKind::WouldBlock, _)) => {
                return Err(refused("socket in use by another process; stop it or use another path".to_owned()));
            }
            // A stale socket file.
            Err((io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound, _)) => {}
            Err((_, error)) => return Err(refused(error.to_string())),
        },
    }
    // Create the socket in a folder that only the owner can enter until its mode is set, so that no other user can ever connect.
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let folder = PathBuf::from(name);
    let new = folder.join(SOCKET);
    let clear = || {
        let _ = fs::remove_file(&new);
        let _ = fs::remove_dir(&folder);
    };
    let opened = || {
        clear();
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let listener = bind(&folder, &new)?;
        listener.set_nonblocking(true)?;
        if let Some(group) = &socket.group {
            std::os::unix::fs::chown(&new, None, Some(group.id()?))?;
        }
        fs::set_permissions(&new, fs::Permissions::from_mode(socket.mode))?;
        let identity = identity(&new)?;
        fs::rename(&new, path)?;
        Ok((listener, SocketFile { path: path.to_owned(), identity }))
    };
    let opened = opened();
    clear();
    opened.map_err(|error: io::Error| refused(error.to_string()))
}

/// Binds a socket at `path` in `folder`, even if the path is too long for a socket address.
fn bind(folder: &Path, path: &Path) -> io::Result<UnixListener> {
    if SockAddr::unix(path).is_ok() {
        return UnixListener::bind(path);
    }
    // Refer to the same file by a shorter path.
    let folder = fs::File::open(folder)?;
    UnixListener::bind(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd()))
}

/// Connects without blocking.
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
    fn socket_is_never_accessible_to_other_users() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ops.sock");
        let opens = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let watching = scope.spawn(|| {
                let mut seen = 0;
                while opens.load(Ordering::Relaxed) {
                    for entry in fs::read_dir(folder.path()).unwrap().map_while(Result::ok) {
                        // The file may have been removed since.
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
                let (_listener, _file) = open(&UnixSocket::new(&path)).unwrap();
            }
            opens.store(false, Ordering::Relaxed);
            assert!(watching.join().unwrap() > 0);
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }

    #[test]
    fn accepts_paths_up_to_the_system_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = |bytes: usize| folder.path().join("x".repeat(bytes - folder.path().as_os_str().len() - 1));
        for bytes in [90, 100, 101, 107] {
            let (listener, file) = open(&UnixSocket::new(path(bytes))).unwrap();
            assert_eq!(file.path(), path(bytes));
            std::os::unix::net::UnixStream::connect(path(bytes)).unwrap();
            drop((listener, file));
            assert!(!path(bytes).exists());
        }
        let error = open(&UnixSocket::new(path(108))).unwrap_err();
        assert!(matches!(error, ListenError::Socket { reason, .. } if reason.contains("108 bytes")));
    }

    #[test]
    fn sets_mode_and_group() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ops.sock");
        let own = fs::metadata(folder.path()).unwrap().gid();
        let (_listener, _file) = open(&UnixSocket::new(&path).mode(0o660).group(own)).unwrap();
        let metadata = fs::symlink_metadata(&path).unwrap();
        assert_eq!((metadata.permissions().mode() & 0o777, metadata.gid()), (0o660, own));
        let unknown = open(&UnixSocket::new(folder.path().join("other")).group("no such group")).unwrap_err();
        assert!(matches!(unknown, ListenError::Socket { reason, .. } if reason.contains("no such group")));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a failed attempt leaves no files");
    }

    #[test]
    fn groups_are_looked_up_by_name() {
        let groups = "root:x:0:\nbroken\nmonitoring:x:998:prometheus,alice\n";
        assert_eq!(id_of("monitoring", groups), Some(998));
        assert_eq!((id_of("broken", groups), id_of("alice", groups)), (None, None));
    }
}
