//! Rotation: lines go to the file at the path, and the chain goes on across files.
#![cfg(unix)]

use super::super::record::{Authentication, Event, Actor};
use super::super::verify::{VerifiedLog, Verifier};
use super::*;
use std::fs;
use std::path::PathBuf;

const PATIENCE: Duration = Duration::from_secs(5);

fn record() -> Record {
    Record {
        event: Event::Mutation,
        actor: Actor { user: Some("alice".to_owned()), authentication: Some(Authentication::Basic), ..Actor::default() },
        peer: "127.0.0.1".to_owned(),
        method: "PUT".to_owned(),
        path: "/admin/drain".to_owned(),
        status: None,
        duration_seconds: None,
        suppressed: 0,
    }
}

/// A folder, and a log in it.
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
        self.log.as_ref().unwrap().require(record(), PATIENCE).await
    }

    fn failure(&self) -> Option<String> {
        self.log.as_ref().unwrap().kept().failure.clone()
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
async fn renamed_file_is_reopened_and_the_chain_goes_on() {
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
    assert_eq!(rotated.verify(&["audit.log"]).records, 1, "each can be verified alone");
}

#[tokio::test]
async fn file_that_logrotate_created_is_written_to() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    rotated.rename("audit.log", "audit.log.1");
    fs::write(rotated.path("audit.log"), "").unwrap();
    rotated.write().await.unwrap();
    assert_eq!(rotated.verify(&["audit.log.1", "audit.log"]).records, 2);
}

#[tokio::test]
async fn removed_file_is_created_again_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    fs::remove_file(rotated.path("audit.log")).unwrap();
    rotated.write().await.unwrap();
    let summary = rotated.verify(&["audit.log"]);
    assert_eq!((summary.records, summary.last), (1, 2), "the first line is gone, and its number says so");
    let mode = fs::metadata(rotated.path("audit.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn file_that_was_copied_and_emptied_goes_on() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    fs::copy(rotated.path("audit.log"), rotated.path("audit.log.1")).unwrap();
    fs::OpenOptions::new().write(true).truncate(true).open(rotated.path("audit.log")).unwrap();
    rotated.write().await.unwrap();
    assert_eq!(rotated.verify(&["audit.log.1", "audit.log"]).records, 2);
}

#[tokio::test]
async fn file_that_was_copied_and_renamed_back_goes_on() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    fs::copy(rotated.path("audit.log"), rotated.path("copy")).unwrap();
    rotated.rename("copy", "audit.log");
    rotated.write().await.unwrap();
    assert_eq!(rotated.verify(&["audit.log"]).records, 2);
}

#[tokio::test]
async fn what_took_the_place_of_the_file_is_not_written_to_unless_it_is_the_same_log() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    let other = Rotated::new();
    for _ in 0..2 {
        other.write().await.unwrap();
    }
    let foreign = fs::read_to_string(other.path("audit.log")).unwrap();
    for (content, failure) in [
        (foreign.as_str(), "another audit log is at its path; move that file away"),
        ("a file", "it does not end in a record of an audit log: move the file away"),
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
    assert_eq!(rotated.failure().as_deref(), Some("it is no regular file"));
    fs::remove_file(rotated.path("audit.log")).unwrap();
    fs::create_dir(rotated.path("audit.log")).unwrap();
    assert_eq!(rotated.write().await, Err(Refused));
    fs::remove_dir(rotated.path("audit.log")).unwrap();
    rotated.write().await.unwrap();
    assert_eq!(rotated.verify(&["audit.log"]).last, 2, "nothing that was refused is in the chain");
}

#[tokio::test]
async fn folder_that_is_gone_keeps_changes_from_being_made_until_it_is_back() {
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
async fn chain_goes_on_after_a_rotation_while_no_server_ran() {
    let mut rotated = Rotated::new();
    for name in ["audit.log-20261128", "audit.log-20261129"] {
        rotated.write().await.unwrap();
        rotated.log = None;
        rotated.rename("audit.log", name);
        rotated.restart();
    }
    // Not a log: it is passed over.
    fs::write(rotated.path("audit.log-20261130.gz"), "compressed").unwrap();
    rotated.restart();
    rotated.write().await.unwrap();
    let summary = rotated.verify(&["audit.log-20261128", "audit.log-20261129", "audit.log"]);
    assert_eq!((summary.records, summary.last), (3, 3));
}

#[tokio::test]
async fn files_in_the_wrong_order_or_with_one_missing_are_named() {
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
        assert_eq!(
            error.to_string(),
            "line 1 is wrong: it does not follow on the line before: one was changed, left out or put in"
        );
    }
}

#[tokio::test]
async fn two_servers_do_not_meet_in_a_file_after_a_rotation() {
    let rotated = Rotated::new();
    rotated.write().await.unwrap();
    rotated.rename("audit.log", "audit.log.1");
    let other = AuditLog::file(&rotated.path("audit.log")).unwrap();
    assert_eq!(rotated.write().await, Err(Refused));
    assert_eq!(rotated.failure().as_deref(), Some("another server writes to it: give each a file of its own"));
    drop(other);
    // The lock is released by the thread of the log, which ends in its own time.
    while rotated.write().await.is_err() {}
}
