//! Tests of rotation: lines go to the file at the path, and the hash chain continues across files.
#![cfg(unix)]

use super::super::record::{Actor, Authentication, Event};
use super::super::verify::{VerifiedLog, Verifier};
use super::*;
use std::fs;
use std::path::PathBuf;

const TIMEOUT: Duration = Duration::from_secs(5);

fn record() -> Record {
    Record {
        event: Event::Mutation,
        actor: Actor {
            user: Some("alice".to_owned()),
            authentication: Some(Authentication::Basic),
            ..Actor::default()
        },
        peer: "127.0.0.1".to_owned(),
        method: "PUT".to_owned(),
        path: "/admin/drain".to_owned(),
        status: None,
        duration_seconds: None,
        suppressed: 0,
    }
}

/// A log in a temporary directory.
struct Rotated {
    folder: tempfile::TempDir,
    log: Option<AuditLog>,
}

impl Rotated {
    fn new() -> Rotated {
        let mut rotated = Rotated { folder: tempfile::tempdir().unwrap(), log: None };
        rotated.restart();
        rotated
    }

    fn restart(&mut self) {
        self.log = None;
        self.log = Some(AuditLog::file(&self.path("audit.log")).unwrap());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    async fn write(&self) -> Result<(), Refused> {
        self.log.as_ref().unwrap().write(record(), TIMEOUT).await
    }

    fn failure(&self) -> Option<String> {
        self.log.as_ref().unwrap().status().failure.clone()
    }

    fn verify(&self, names: &[&str]) -> VerifiedLog {
        let mut verifier = Verifier::new();
        for name in names {
            verifier.read(fs::File::open(self.path(name)).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        verifier.finish()
    }
}

#[tokio::test]
async fn renamed_file_is_reopened_and_the_chain_continues() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    rotated.rename("audit.log", "audit.log.1");
    rotated.write().await.unwrap();
    rotated.write().await.unwrap();
    rotated.rename("audit.log.1", "audit.log.2");
    rotated.rename("audit.log", "audit.log.1");
    rotated.write().await.unwrap();
    let summary = rotated.verify(&["audit.log.2", "audit.log.1", "audit.log"]);
    assert_eq!((summary.records, summary.last), (4, 4));
    assert_eq!(rotated.verify(&["audit.log"]).records, 1, "each file can be verified alone");
}

#[tokio::test]
async fn empty_file_created_by_logrotate_continues_the_chain() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    rotated.rename("audit.log", "audit.log.1");
    fs::write(rotated.path("audit.log"), "").unwrap();
    rotated.write().await.unwrap();
    assert_eq!(rotated.verify(&["audit.log.1", "audit.log"]).records, 2);
}

#[tokio::test]
async fn removed_file_is_recreated_with_owner_only_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    fs::remove_file(rotated.path("audit.log")).unwrap();
    rotated.write().await.unwrap();
    let summary = rotated.verify(&["audit.log"]);
    assert_eq!((summary.records, summary.last), (1, 2), "the sequence number reveals the missing line");
    let mode = fs::metadata(rotated.path("audit.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn copytruncate_continues_the_chain() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    fs::copy(rotated.path("audit.log"), rotated.path("audit.log.1")).unwrap();
    fs::OpenOptions::new().write(true).truncate(true).open(rotated.path("audit.log")).unwrap();
    rotated.write().await.unwrap();
    assert_eq!(rotated.verify(&["audit.log.1", "audit.log"]).records, 2);
}

#[tokio::test]
async fn copy_renamed_to_the_path_continues_the_chain() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    fs::copy(rotated.path("audit.log"), rotated.path("copy")).unwrap();
    rotated.rename("copy", "audit.log");
    rotated.write().await.unwrap();
    assert_eq!(rotated.verify(&["audit.log"]).records, 2);
}

#[tokio::test]
async fn refuses_to_write_to_a_foreign_file_at_the_path() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    let other = Rotated::new();
    for _ in 0..2 {
        other.write().await.unwrap();
    }
    let foreign = fs::read_to_string(other.path("audit.log")).unwrap();
    for (content, failure) in [
        (foreign.as_str(), "replaced by another audit log; move that file away"),
        ("a file", "the file does not end with an audit record; move it away"),
    ] {
        fs::remove_file(rotated.path("audit.log")).unwrap();
        fs::write(rotated.path("audit.log"), content).unwrap();
        assert_eq!(rotated.write().await, Err(Refused));
        assert_eq!(rotated.failure().as_deref(), Some(failure));
        assert_eq!(fs::read_to_string(rotated.path("audit.log")).unwrap(), content);
    }
    fs::remove_file(rotated.path("audit.log")).unwrap();
    std::os::unix::fs::symlink("elsewhere", rotated.path("audit.log")).unwrap();
    assert_eq!(rotated.write().await, Err(Refused));
    assert_eq!(rotated.failure().as_deref(), Some("not a regular file"));
    fs::remove_file(rotated.path("audit.log")).unwrap();
    fs::create_dir(rotated.path("audit.log")).unwrap();
    assert_eq!(rotated.write().await, Err(Refused));
    fs::remove_dir(rotated.path("audit.log")).unwrap();
    rotated.write().await.unwrap();
    assert_eq!(rotated.verify(&["audit.log"]).last, 2, "refused records are not in the chain");
}

#[tokio::test]
async fn refuses_records_while_the_directory_is_missing() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    let away = tempfile::tempdir().unwrap();
    let logs = away.path().join("logs");
    fs::rename(rotated.folder.path(), &logs).unwrap();
    assert_eq!(rotated.write().await, Err(Refused));
    fs::rename(&logs, rotated.folder.path()).unwrap();
    rotated.write().await.unwrap();
    assert_eq!(rotated.verify(&["audit.log"]).records, 2);
}

#[tokio::test]
async fn chain_continues_after_rotation_between_two_servers() {
    let mut rotated = Rotated::new();
    for name in ["audit.log-20261128", "audit.log-20261129"] {
        rotated.write().await.unwrap();
        rotated.log = None;
        rotated.rename("audit.log", name);
        rotated.restart();
    }
    // Skipped, because it does not end with an audit record.
    fs::write(rotated.path("audit.log-20261130.gz"), "compressed").unwrap();
    rotated.restart();
    rotated.write().await.unwrap();
    let summary = rotated.verify(&["audit.log-20261128", "audit.log-20261129", "audit.log"]);
    assert_eq!((summary.records, summary.last), (3, 3));
}

#[tokio::test]
async fn verifier_detects_wrong_order_and_missing_files() {
    let rotated = Rotated::new();
    for name in ["audit.log.2", "audit.log.1"] {
        rotated.write().await.unwrap();
        rotated.rename("audit.log", name);
    }
    rotated.write().await.unwrap();
    for files in [["audit.log.1", "audit.log.2"], ["audit.log.2", "audit.log"]] {
        let mut verifier = Verifier::new();
        verifier.read(fs::File::open(rotated.path(files[0])).unwrap()).unwrap();
        let error = verifier.read(fs::File::open(rotated.path(files[1])).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "invalid line 1: broken hash chain: a line was changed, removed or inserted");
    }
}

#[tokio::test]
async fn refuses_to_write_to_a_rotated_file_locked_by_another_server() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    rotated.rename("audit.log", "audit.log.1");
    let other = AuditLog::file(&rotated.path("audit.log")).unwrap();
    assert_eq!(rotated.write().await, Err(Refused));
    assert_eq!(rotated.failure().as_deref(), Some("locked by another server; use a separate file for each server"));
    drop(other);
    // The writer thread exits, and releases the lock, some time after the drop.
    while rotated.write().await.is_err() {}
}
