//! Policies in files, with hot reload.

use super::Policy;
use super::file;
use crate::reload::{Contents, FileFormat, Refreshed, ReloadState, Standing, Unread, Validity, Watched, absolute};
use ops_core::clock::Clock;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

/// A policy in a TOML file, with hot reload.
///
/// A server checks its policy file at an [interval](crate::Limits::policy_reload_interval) (5 s by default) and reloads it when its
/// content has changed. If the file becomes invalid or is removed, the last good policy stays active, and the error is logged,
/// shown in `/info` and counted in `ops_policy_reload_failures_total`.
///
/// ```toml
/// [roles]
/// cashier = ["tx:read", "tx:void"]
///
/// [users.alice]
/// roles = ["viewer", "cashier"]
/// password = "$argon2id$v=19$.."        # opsctl hash-password
///
/// [[users.prometheus.tokens]]           # opsctl token prometheus
/// sha256 = ".."
/// expires = 2027-01-01T00:00:00Z
///
/// [[users.grafana.certificates]]        # client certificates, for a server with TLS
/// dns = "grafana.example"
/// ```
///
/// A certificate has exactly one of the keys of [`CertificateName`](super::CertificateName). The
/// [standard roles](Policy::with_standard_roles) are predefined. Unauthenticated callers cannot be granted anything.
pub struct PolicyFile {
    policy: Arc<Policy>,
    watched: Watched<PolicyFormat>,
}

/// The format of a policy file, with the absolute path for errors.
struct PolicyFormat(PathBuf);

/// Reasons a policy file cannot be loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum PolicyFileError {
    /// The file cannot be read.
    Read {
        /// The path of the file.
        path: PathBuf,
        /// The I/O error.
        source: io::Error,
    },
    /// The file is not acceptable, for example because it is world-writable.
    Refused {
        /// The path of the file.
        path: PathBuf,
        /// The reason and the remedy.
        reason: &'static str,
    },
    /// The content is not a valid policy.
    Text {
        /// The path of the file.
        path: PathBuf,
        /// The line number, starting at 1.
        line: usize,
        /// The reason and the remedy, without secrets of the file.
        reason: String,
    },
}

impl PolicyFile {
    /// Loads the policy file at `path`. A relative path is resolved once, against the working directory.
    ///
    /// # Errors
    /// [`PolicyFileError::Read`] if the file cannot be read, [`PolicyFileError::Refused`] if it is not a regular file, larger than
    /// 1 MiB, world-writable or not UTF-8, and [`PolicyFileError::Text`] if it is not a valid policy.
    pub fn open(path: impl Into<PathBuf>) -> Result<PolicyFile, PolicyFileError> {
        let path = absolute(path.into());
        let (watched, policy) = Watched::open(PolicyFormat(path.clone()), vec![path], Clock::default())?;
        Ok(PolicyFile { policy: Arc::new(policy), watched })
    }

    /// Returns the policy, which a server updates when the file changes.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Returns the absolute path of the file.
    pub fn path(&self) -> &Path {
        &self.watched.format().0
    }

    /// Checks the file and reloads it if it has changed. May block.
    pub(crate) fn refresh(&self) -> Refreshed<PolicyFileError> {
        self.watched.refresh(|policy| self.policy.replace_with(&policy))
    }

    /// Returns the state of the reloads.
    pub(crate) fn state(&self) -> MutexGuard<'_, ReloadState<PolicyFileError>> {
        self.watched.state()
    }
}

impl FileFormat for PolicyFormat {
    type Value = Policy;
    type Error = PolicyFileError;

    fn parse(&self, contents: &Contents) -> Result<Policy, PolicyFileError> {
        let text = contents.first().map(|bytes| bytes.as_slice()).unwrap_or_default();
        let text = std::str::from_utf8(text)
            .map_err(|_error| PolicyFileError::Refused { path: self.0.clone(), reason: "not UTF-8" })?;
        file::parse(text).map_err(|file::Fault { line, reason }| PolicyFileError::Text {
            path: self.0.clone(),
            line,
            reason,
        })
    }

    /// A policy file has no validity period; its tokens expire individually.
    fn validity(_policy: &Policy) -> Validity {
        Validity::default()
    }

    fn unread(path: &Path, unread: Unread) -> PolicyFileError {
        let path = path.to_owned();
        match unread {
            Unread::Failed(source) => PolicyFileError::Read { path, source },
            Unread::Refused(reason) => PolicyFileError::Refused { path, reason },
        }
    }

    fn outside_validity(&self, _standing: Standing) -> PolicyFileError {
        PolicyFileError::Refused { path: self.0.clone(), reason: "outside its validity period" }
    }
}

impl fmt::Debug for PolicyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyFile").field("path", &self.path()).finish_non_exhaustive()
    }
}

impl fmt::Display for PolicyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyFileError::Read { path, .. } => {
                write!(f, "cannot read policy file `{}`", path.display())
            }
            PolicyFileError::Refused { path, reason } => {
                write!(f, "invalid policy file `{}`: {reason}", path.display())
            }
            PolicyFileError::Text { path, line, reason } => write!(f, "{}:{line}: {reason}", path.display()),
        }
    }
}

impl std::error::Error for PolicyFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PolicyFileError::Read { source, .. } => Some(source),
            PolicyFileError::Refused { .. } | PolicyFileError::Text { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorChain;
    use std::fs;

    const ALICE: &str = "[users.alice]\nroles = [\"viewer\"]\n";
    const NO_ROLES: &str = "[users.alice]\n";

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn is_viewer(file: &PolicyFile) -> bool {
        file.policy().can("alice", "admin:read")
    }

    #[test]
    fn reloads_when_the_content_changes() {
        let folder = folder();
        let path = folder.path().join("policy.toml");
        fs::write(&path, ALICE).unwrap();
        let file = PolicyFile::open(&path).unwrap();
        assert!(is_viewer(&file) && matches!(file.refresh(), Refreshed::Unchanged));

        fs::write(&path, NO_ROLES).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && !is_viewer(&file), "written in place");

        fs::write(folder.path().join("new"), ALICE).unwrap();
        fs::rename(folder.path().join("new"), &path).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && is_viewer(&file), "renamed over it");

        fs::remove_file(&path).unwrap();
        assert!(
            matches!(file.refresh(), Refreshed::Failed(_)) && is_viewer(&file),
            "removed: the last good policy stays active"
        );
        fs::write(&path, NO_ROLES).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && !is_viewer(&file), "created again");
    }

    #[cfg(unix)]
    #[test]
    fn follows_a_kubernetes_style_symlink_swap() {
        use std::os::unix::fs::symlink;
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        for (version, text) in [("1", ALICE), ("2", NO_ROLES)] {
            fs::create_dir(path(version)).unwrap();
            fs::write(path(version).join("policy.toml"), text).unwrap();
        }
        symlink("1", path("..data")).unwrap();
        symlink("..data/policy.toml", path("policy.toml")).unwrap();
        let file = PolicyFile::open(path("policy.toml")).unwrap();
        assert!(is_viewer(&file));
        symlink("2", path("..new")).unwrap();
        fs::rename(path("..new"), path("..data")).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && !is_viewer(&file));
    }

    #[test]
    fn invalid_files_never_change_the_policy() {
        let folder = folder();
        let path = folder.path().join("policy.toml");
        let good = format!("[roles]\nreader = [\"tx:read\"]\n{ALICE}");
        fs::write(&path, &good).unwrap();
        let file = PolicyFile::open(&path).unwrap();
        let cut = (0..good.len()).map(|end| format!("{}\u{0}", &good[..end]).into_bytes());
        let noise = (0..150_u8).map(|byte| [good.as_bytes(), &[b'\n', byte | 0x80]].concat());
        let others = [
            Vec::new(),
            vec![b'['; 100_000],
            vec![b'#'; 1024 * 1024 + 1],
            b"a: &a [*a, *a]".to_vec(),
            format!("{}x = 1", "a.".repeat(50_000)).into_bytes(),
        ];
        let bad: Vec<_> = cut.chain(noise).chain(others).collect();
        assert!(bad.len() >= 200, "{}", bad.len());
        for content in &bad {
            fs::write(&path, content).unwrap();
            assert!(!matches!(file.refresh(), Refreshed::Loaded), "{:?}", String::from_utf8_lossy(content));
            assert!(is_viewer(&file));
        }
        assert!(file.state().failure.is_some());
        fs::write(&path, &good).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && file.state().failure.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn rejects_special_and_world_writable_files_without_blocking() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("open"), ALICE).unwrap();
        fs::set_permissions(path("open"), fs::Permissions::from_mode(0o666)).unwrap();
        symlink("loop", path("loop")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        fs::create_dir(path("folder")).unwrap();
        let reasons = [
            ("open", "invalid policy file `PATH`: writable by all users; run `chmod o-w` on it"),
            ("pipe", "invalid policy file `PATH`: not a regular file"),
            ("folder", "invalid policy file `PATH`: not a regular file"),
            ("missing", "cannot read policy file `PATH`: No such file or directory (os error 2)"),
            ("loop", "cannot read policy file `PATH`: Too many levels of symbolic links (os error 40)"),
        ];
        for (name, reason) in reasons {
            let error = PolicyFile::open(path(name)).unwrap_err();
            assert_eq!(ErrorChain(&error).to_string(), reason.replace("PATH", &path(name).display().to_string()));
        }
    }

    #[test]
    fn parse_error_starts_with_path_and_line() {
        let folder = folder();
        let path = folder.path().join("policy.toml");
        fs::write(&path, "[users.alice]\nroles = [\"wiever\"]\n").unwrap();
        let error = PolicyFile::open(&path).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}:2: unknown role `wiever`", path.display())), "{error}");
    }
}
