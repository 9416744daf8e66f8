//! A policy that a file holds, and that follows the file.

use super::Policy;
use super::file;
use crate::reload::{Contents, FileFormat, Refreshed, ReloadState, Standing, Unread, Validity, Watched, absolute};
use ops_core::clock::Clock;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

/// A policy in a TOML file.
///
/// A server that has it reads the file again every few seconds, and takes what it says when its content has changed. A file
/// that has become wrong, or is gone, changes nothing: the last good policy stays, and the log, `/info` and a metric say so.
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
/// [[users.grafana.certificates]]        # of clients that a server with TLS knows by their certificate
/// dns = "grafana.example"
/// ```
///
/// The keys of a certificate are those of [`CertificateName`](super::CertificateName), one each. The ready-made roles are there. No file can give anything to callers without credentials.
pub struct PolicyFile {
    policy: Arc<Policy>,
    watched: Watched<PolicyFormat>,
}

/// A policy file at an absolute path.
struct PolicyFormat(PathBuf);

/// Reasons a policy cannot be read from a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum PolicyFileError {
    /// The file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file is something that a policy should not be read from.
    Refused {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// The text is not a policy.
    Text {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong, and what to do. No secret of the file is in it.
        reason: String,
    },
}

impl PolicyFile {
    /// Reads the policy in the file at `path`. A relative path is one in the present working directory, also later.
    ///
    /// # Errors
    /// [`PolicyFileError::Read`] if the file cannot be read, [`PolicyFileError::Refused`] if it is no regular file, is
    /// longer than 1 MiB, or can be written by everyone, and [`PolicyFileError::Text`] if it is no policy.
    pub fn open(path: impl Into<PathBuf>) -> Result<PolicyFile, PolicyFileError> {
        let path = absolute(path.into());
        let (watched, policy) = Watched::open(PolicyFormat(path.clone()), vec![path], Clock::default())?;
        Ok(PolicyFile { policy: Arc::new(policy), watched })
    }

    /// The policy; it changes when the file does and a server looks.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The file, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.watched.format().0
    }

    /// Looks at the file again. May block.
    pub(crate) fn refresh(&self) -> Refreshed<PolicyFileError> {
        self.watched.refresh(|policy| self.policy.become_like(&policy))
    }

    /// What has become of the file.
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
            .map_err(|_error| PolicyFileError::Refused { path: self.0.clone(), reason: "it is not UTF-8" })?;
        file::parse(text).map_err(|file::Fault { line, reason }| PolicyFileError::Text {
            path: self.0.clone(),
            line,
            reason,
        })
    }

    /// A policy is always valid: its tokens expire one by one.
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
        PolicyFileError::Refused { path: self.0.clone(), reason: "it is not valid now" }
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
                write!(f, "the policy {} cannot be read", path.display())
            }
            PolicyFileError::Refused { path, reason } => {
                write!(f, "the policy {} is refused: {reason}", path.display())
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
    const NOBODY: &str = "[users.alice]\n";

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn sees(file: &PolicyFile) -> bool {
        file.policy().can("alice", "admin:read")
    }

    #[test]
    fn a_change_of_the_content_is_taken_however_the_file_was_written() {
        let folder = folder();
        let path = folder.path().join("policy.toml");
        fs::write(&path, ALICE).unwrap();
        let file = PolicyFile::open(&path).unwrap();
        assert!(sees(&file) && matches!(file.refresh(), Refreshed::Unchanged));

        fs::write(&path, NOBODY).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && !sees(&file), "written in place");

        fs::write(folder.path().join("new"), ALICE).unwrap();
        fs::rename(folder.path().join("new"), &path).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && sees(&file), "renamed over it");

        fs::remove_file(&path).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Failed(_)) && sees(&file), "gone: the last good one stays");
        fs::write(&path, NOBODY).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && !sees(&file), "and it comes back");
    }

    #[cfg(unix)]
    #[test]
    fn a_symlink_that_is_swapped_is_followed_as_kubernetes_does_it() {
        use std::os::unix::fs::symlink;
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        for (version, text) in [("1", ALICE), ("2", NOBODY)] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("policy.toml"), text).unwrap();
        }
        symlink("1", at("..data")).unwrap();
        symlink("..data/policy.toml", at("policy.toml")).unwrap();
        let file = PolicyFile::open(at("policy.toml")).unwrap();
        assert!(sees(&file));
        symlink("2", at("..new")).unwrap();
        fs::rename(at("..new"), at("..data")).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && !sees(&file));
    }

    #[test]
    fn of_two_hundred_bad_files_none_changes_the_policy() {
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
            assert!(sees(&file));
        }
        assert!(file.state().failure.is_some());
        fs::write(&path, &good).unwrap();
        assert!(matches!(file.refresh(), Refreshed::Loaded) && file.state().failure.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_of_ones_own_is_refused_and_nothing_waits_for_it() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("open"), ALICE).unwrap();
        fs::set_permissions(at("open"), fs::Permissions::from_mode(0o666)).unwrap();
        symlink("loop", at("loop")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        fs::create_dir(at("folder")).unwrap();
        let reasons = [
            ("open", "is refused: it is writable by all users; run `chmod o-w` on it"),
            ("pipe", "is refused: it is not a regular file"),
            ("folder", "is refused: it is not a regular file"),
            ("missing", "cannot be read: No such file or directory (os error 2)"),
            ("loop", "cannot be read: Too many levels of symbolic links (os error 40)"),
        ];
        for (name, reason) in reasons {
            let error = PolicyFile::open(at(name)).unwrap_err();
            assert_eq!(ErrorChain(&error).to_string(), format!("the policy {} {reason}", at(name).display()));
        }
    }

    #[test]
    fn an_error_of_the_text_begins_with_the_place() {
        let folder = folder();
        let path = folder.path().join("policy.toml");
        fs::write(&path, "[users.alice]\nroles = [\"wiever\"]\n").unwrap();
        let error = PolicyFile::open(&path).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}:2: there is no role `wiever`", path.display())), "{error}");
    }
}
