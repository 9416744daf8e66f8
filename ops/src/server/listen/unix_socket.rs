//! Unix sockets: a file that only its owner may connect to, and that goes when the server does.

use super::ListenError;
use socket2::{Domain, SockAddr, Socket, Type};
use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

/// The default mode: the owner alone may connect.
const MODE: u32 = 0o600;

/// The name of the file until it has its mode.
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

/// A group, by its number or by its name in `/etc/group`.
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
    /// A socket at `path` that only the user of the process may connect to.
    pub fn new(path: impl Into<PathBuf>) -> UnixSocket {
        UnixSocket { path: path.into(), mode: MODE, group: None }
    }

    /// Sets the mode of the file: whoever may write it may connect. At most `0o777`.
    ///
    /// Default: `0o600`.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> UnixSocket {
        self.mode = mode & 0o777;
        self
    }

    /// Sets the group of the file, by its number or by its name. The process must be of that group, or privileged.
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
            GroupRepr::Name(name) => id_of(name, &fs::read_to_string("/etc/group")?)
                .ok_or_else(|| io::Error::other(format!("there is no group `{}` in /etc/group", name.escape_debug()))),
        }
    }
}

/// The number of the group `name` in the text of `/etc/group`.
fn id_of(name: &str, groups: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?
    })
}

/// The file of a socket; dropping it removes the file, unless another server has taken its name.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Which file it is: device and inode.
    identity: (u64, u64),
}

/// Listens at `path`. A file that an ended server has left is replaced; one that is in use is not.
pub(super) fn open(socket: &UnixSocket) -> Result<(UnixListener, SocketFile), ListenError> {
    let path = &*socket.path;
    let refused = |reason: String| ListenError::Socket { path: path.to_owned(), reason };
    // Nobody could connect to a longer one.
    SockAddr::unix(path).map_err(|_too_long| {
        let bytes = path.as_os_str().len();
        refused(format!("a path of {bytes} bytes is too long for a socket of this system: use a shorter one"))
    })?;
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

/// Binds a socket at `path`, which is in `folder` and may be longer than the system takes for a socket.
fn bind(folder: &Path, path: &Path) -> io::Result<UnixListener> {
    if SockAddr::unix(path).is_ok() {
        return UnixListener::bind(path);
    }
    // The same file by a short path.
    let folder = fs::File::open(folder)?;
    UnixListener::bind(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd()))
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
                let (_listener, _file) = open(&UnixSocket::new(&path)).unwrap();
            }
            opens.store(false, Ordering::Relaxed);
            assert!(watching.join().unwrap() > 0);
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }

    #[test]
    fn paths_are_as_long_as_the_system_takes() {
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
    fn mode_and_group_are_those_that_are_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ops.sock");
        let own = fs::metadata(folder.path()).unwrap().gid();
        let (_listener, _file) = open(&UnixSocket::new(&path).mode(0o660).group(own)).unwrap();
        let metadata = fs::symlink_metadata(&path).unwrap();
        assert_eq!((metadata.permissions().mode() & 0o777, metadata.gid()), (0o660, own));
        let unknown = open(&UnixSocket::new(folder.path().join("other")).group("no such group")).unwrap_err();
        assert!(matches!(unknown, ListenError::Socket { reason, .. } if reason.contains("no such group")));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "what failed leaves nothing");
    }

    #[test]
    fn groups_are_looked_up_by_name() {
        let groups = "root:x:0:\nbroken\nmonitoring:x:998:prometheus,alice\n";
        assert_eq!(id_of("monitoring", groups), Some(998));
        assert_eq!((id_of("broken", groups), id_of("alice", groups)), (None, None));
    }
}
