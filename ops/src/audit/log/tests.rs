//! Tests of the audit log: writing, refusal, rate limits and verification.

use super::super::record::{Actor, Authentication, Event};
use super::super::verify::{VerifyError, verify};
use super::*;
use std::fs;
use std::sync::mpsc::Sender;

const TIMEOUT: Duration = Duration::from_secs(5);

fn record(user: &str) -> Record {
    Record {
        event: Event::Mutation,
        actor: Actor { user: Some(user.to_owned()), authentication: Some(Authentication::Basic), ..Actor::default() },
        peer: "127.0.0.1".to_owned(),
        method: "PUT".to_owned(),
        path: "/admin/drain".to_owned(),
        status: None,
        duration_seconds: None,
        suppressed: 0,
    }
}

/// A sink that sends the lines to a channel.
struct ChannelSink(Sender<String>);

impl Sink for ChannelSink {
    fn write(&mut self, line: &str) -> io::Result<()> {
        self.0.send(line.to_owned()).map_err(io::Error::other)
    }
}

/// Creates a log with records of two users, and returns it with its lines.
async fn two_lines() -> (AuditLog, Vec<String>) {
    let (sender, lines) = std::sync::mpsc::channel();
    let log = AuditLog::new(Box::new(ChannelSink(sender))).unwrap();
    log.write(record("alice"), TIMEOUT).await.unwrap();
    log.write(record("bob"), TIMEOUT).await.unwrap();
    (log, lines.try_iter().collect())
}

#[tokio::test]
async fn lines_have_the_documented_fields_and_form_a_chain() {
    let (log, lines) = two_lines().await;
    let documents: Vec<serde_json::Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(documents[0]["prev"], "0".repeat(64));
    assert_eq!(documents[1]["prev"], documents[0]["hash"]);
    let keys: Vec<_> = documents[1].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["authentication", "event", "hash", "method", "path", "peer", "prev", "seq", "time", "user"]);
    assert_eq!(
        (&documents[1]["event"], &documents[1]["seq"], &documents[1]["user"]),
        (&"mutation".into(), &2.into(), &"bob".into())
    );
    assert_eq!(
        Vec::from(log.status().latest.clone()),
        lines.iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
    );
}

/// Writes records from 1,000 concurrent tasks, few enough for the queue, and verifies the log.
async fn write_concurrently(records: u64) {
    let (sender, lines) = std::sync::mpsc::channel();
    let log = Arc::new(AuditLog::new(Box::new(ChannelSink(sender))).unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for user in 0..1_000 {
        let log = log.clone();
        tasks.spawn(async move {
            for _ in 0..records / 1_000 {
                log.write(record(&user.to_string()), TIMEOUT).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let text: String = lines.try_iter().collect();
    let summary = verify(text.as_bytes()).unwrap();
    assert_eq!((summary.records, summary.last), (records, records));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_records_have_consecutive_sequence_numbers() {
    write_concurrently(10_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute in a debug build: `cargo test --release -p ops --lib -- --ignored a_hundred_thousand_concurrent`"]
async fn a_hundred_thousand_concurrent_records_have_consecutive_sequence_numbers() {
    write_concurrently(100_000).await;
}

#[test]
fn log_without_the_authentication_field_verifies_and_continues() {
    let old = include_str!("before_authentication.jsonl");
    assert_eq!(verify(old.as_bytes()).unwrap().records, 2);
    let link = old.lines().last().map(|line| Link::read(line).unwrap().0).unwrap();
    let (line, _) = link.line(&record("eve"), SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(verify(format!("{old}{line}\n").as_bytes()).unwrap().last, 3);
}

#[test]
fn times_outside_the_years_1970_to_9999_are_clamped() {
    let times =
        [SystemTime::UNIX_EPOCH - Duration::from_secs(3600), SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40)];
    let written = times.map(|now| Link::start().line(&record("alice"), now).unwrap().0);
    assert!(written[0].contains("\"time\":\"1970-01-01T00:00:00.000Z\""), "{}", written[0]);
    assert!(written[1].contains("\"time\":\"9999-12-31T23:59:59.000Z\""), "{}", written[1]);
}

#[tokio::test]
async fn verify_reports_changed_removed_inserted_and_truncated_lines() {
    let (sender, lines) = std::sync::mpsc::channel();
    let log = AuditLog::new(Box::new(ChannelSink(sender))).unwrap();
    for user in ["alice", "bob", "eve"] {
        log.write(record(user), TIMEOUT).await.unwrap();
    }
    let text: String = lines.try_iter().collect();
    let wrong = |bytes: &[u8]| match verify(bytes) {
        Err(VerifyError::Line { line, .. }) => line,
        other => panic!("{other:?}"),
    };
    for index in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        let line = bytes[..index].iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
        bytes[index] ^= 1;
        assert_eq!(wrong(&bytes), line, "byte {index}");
    }
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(wrong([all[0], all[2]].concat().as_bytes()), 2, "removed line");
    assert_eq!(wrong([all[0], all[1], all[1], all[2]].concat().as_bytes()), 3, "inserted line");
    assert_eq!(wrong(&text.as_bytes()[..text.len() - 1]), 3, "truncated line");
    assert_eq!(verify([all[1], all[2]].concat().as_bytes()).unwrap().records, 2, "the log may begin in another file");
}

#[tokio::test]
async fn file_has_owner_only_permissions_and_continues_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    for user in ["alice", "bob"] {
        let log = AuditLog::file(&path).unwrap();
        log.write(record(user), TIMEOUT).await.unwrap();
    }
    // A partial line, as left by a killed process.
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"seq\":3,");
    fs::write(&path, &text).unwrap();
    assert!(matches!(verify(text.as_bytes()), Err(VerifyError::Line { line: 3, .. })));
    let log = AuditLog::file(&path).unwrap();
    log.write(record("eve"), TIMEOUT).await.unwrap();
    let summary = verify(fs::File::open(&path).unwrap()).unwrap();
    assert_eq!((summary.records, summary.last), (3, 3));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn file_is_locked_until_the_log_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let first = AuditLog::file(&path).unwrap();
    first.write(record("alice"), TIMEOUT).await.unwrap();
    assert_eq!(
        AuditLog::file(&path).unwrap_err().to_string(),
        "locked by another server; use a separate file for each server"
    );
    first.write(record("bob"), TIMEOUT).await.unwrap();
    drop(first);
    let next = AuditLog::file(&path).unwrap();
    next.write(record("carol"), TIMEOUT).await.unwrap();
    assert_eq!(verify(&fs::read(&path).unwrap()[..]).unwrap().last, 3);
}

#[tokio::test]
async fn line_truncated_at_any_byte_is_detected_and_removed() {
    let (_, lines) = two_lines().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    for end in 1..lines[1].len() {
        let text = format!("{}{}", lines[0], &lines[1][..end]);
        assert!(matches!(verify(text.as_bytes()), Err(VerifyError::Line { line: 2, .. })), "{end}");
        fs::write(&path, &text).unwrap();
        AuditLog::file(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), lines[0], "{end}");
    }
}

#[cfg(unix)]
#[test]
fn refuses_files_that_are_not_audit_logs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    std::os::unix::fs::symlink("elsewhere", &path).unwrap();
    assert_eq!(AuditLog::file(&path).unwrap_err().to_string(), "not a regular file");
    let other = folder.path().join("other");
    fs::write(&other, "a file\n").unwrap();
    assert_eq!(
        AuditLog::file(&other).unwrap_err().to_string(),
        "invalid last line: not an audit record; move the file away"
    );
    assert_eq!(fs::read_to_string(&other).unwrap(), "a file\n");
    let old = include_str!("before_authentication.jsonl");
    for text in ["a file".to_owned(), "x".repeat(300 * 1024), format!("{old}a foreign line")] {
        fs::write(&other, &text).unwrap();
        assert_eq!(
            AuditLog::file(&other).unwrap_err().to_string(),
            "the file does not end with an audit record; move it away"
        );
        assert!(fs::read_to_string(&other).unwrap() == text, "unchanged");
    }
    fs::write(&other, old).unwrap();
    fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o606)).unwrap();
    assert_eq!(AuditLog::file(&other).unwrap_err().to_string(), "writable by all users; run `chmod o-w` on it");
}

/// A sink that fails, panics, blocks, and then succeeds.
struct FlakySink(u32, Receiver<()>);

impl Sink for FlakySink {
    fn write(&mut self, _line: &str) -> io::Result<()> {
        self.0 += 1;
        match self.0 {
            1 => Err(io::ErrorKind::StorageFull.into()),
            2 => panic!("a bug"),
            3 => {
                let _ = self.1.recv();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn refuses_records_while_the_sink_fails_or_blocks() {
    let (release, released) = std::sync::mpsc::channel();
    let log = AuditLog::new(Box::new(FlakySink(0, released))).unwrap();
    let short = Duration::from_millis(20);
    assert_eq!(log.write(record("full"), TIMEOUT).await, Err(Refused));
    assert_eq!(log.status().failure.as_deref(), Some("no storage space"));
    assert_eq!(log.write(record("panics"), TIMEOUT).await, Err(Refused));
    assert_eq!(log.write(record("blocks"), short).await, Err(Refused));
    for _ in 0..MAX_QUEUED {
        log.enqueue(record("waits"));
    }
    assert_eq!(log.write(record("queue full"), short).await, Err(Refused));
    drop(release);
    log.flush(TIMEOUT).await;
    assert_eq!(log.write(record("works"), TIMEOUT).await, Ok(()));
    let status = log.status();
    assert_eq!((status.failure.as_deref(), status.latest.len()), (None, MAX_RECENT));
}

#[tokio::test]
async fn rejected_requests_are_rate_limited_per_user() {
    let (sender, lines) = std::sync::mpsc::channel();
    let log = AuditLog::new(Box::new(ChannelSink(sender))).unwrap();
    let start = Instant::now();
    for _ in 0..10_000 {
        log.enqueue_rate_limited_at(None, record("tried"), start);
    }
    log.enqueue_rate_limited_at(Some("alice"), record("alice"), start);
    log.enqueue_rate_limited_at(None, record("tried"), start + Duration::from_secs(1));
    log.flush(TIMEOUT).await;
    let records = lines.try_iter().map(|line| {
        let document: serde_json::Value = serde_json::from_str(&line).unwrap();
        format!("{} {}", document["user"].as_str().unwrap(), document["suppressed"])
    });
    let mut expected = vec!["tried null"; 10];
    expected.extend(["alice null", "tried 9990"]);
    assert_eq!(records.collect::<Vec<_>>(), expected);
}
