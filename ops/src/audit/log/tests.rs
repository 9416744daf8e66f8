//! The log as a whole: what is written, what is refused, and what a verifier finds.

use super::super::record::{Authentication, Event, Actor};
use super::super::verify::{VerifyError, verify};
use super::*;
use std::fs;
use std::sync::mpsc::Sender;

const PATIENCE: Duration = Duration::from_secs(5);

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

/// A log in memory.
struct Memory(Sender<String>);

impl Sink for Memory {
    fn write(&mut self, line: &str) -> io::Result<()> {
        self.0.send(line.to_owned()).map_err(io::Error::other)
    }
}

/// A log, and its lines of what two users have done.
async fn two_lines() -> (AuditLog, Vec<String>) {
    let (sender, lines) = std::sync::mpsc::channel();
    let log = AuditLog::new(Box::new(Memory(sender))).unwrap();
    log.require(record("alice"), PATIENCE).await.unwrap();
    log.require(record("bob"), PATIENCE).await.unwrap();
    (log, lines.try_iter().collect())
}

#[tokio::test]
async fn a_line_says_what_happened_and_follows_on_the_one_before() {
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
        Vec::from(log.kept().latest.clone()),
        lines.iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
    );
}

/// So many records, asked for by a thousand tasks at once, which is as many as may wait.
async fn written_at_once(records: u64) {
    let (sender, lines) = std::sync::mpsc::channel();
    let log = Arc::new(AuditLog::new(Box::new(Memory(sender))).unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for user in 0..1_000 {
        let log = log.clone();
        tasks.spawn(async move {
            for _ in 0..records / 1_000 {
                log.require(record(&user.to_string()), PATIENCE).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let text: String = lines.try_iter().collect();
    let summary = verify(text.as_bytes()).unwrap();
    assert_eq!((summary.records, summary.last), (records, records));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_once_has_numbers_without_a_gap() {
    written_at_once(10_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a minute of a debug build: `cargo test --release -p ops --lib -- --ignored a_hundred_thousand_at_once`"]
async fn a_hundred_thousand_at_once_have_numbers_without_a_gap() {
    written_at_once(100_000).await;
}

#[test]
fn a_log_from_before_it_said_what_was_shown_is_as_it_was_written_and_goes_on() {
    let old = include_str!("before_authentication.jsonl");
    assert_eq!(verify(old.as_bytes()).unwrap().records, 2);
    let link = old.lines().last().map(|line| Link::read(line).unwrap().0).unwrap();
    let (line, _) = link.line(&record("eve"), SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(verify(format!("{old}{line}\n").as_bytes()).unwrap().last, 3);
}

#[test]
fn a_clock_that_is_wrong_keeps_nothing_from_being_written() {
    let times =
        [SystemTime::UNIX_EPOCH - Duration::from_secs(3600), SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40)];
    let written = times.map(|now| Link::start().line(&record("alice"), now).unwrap().0);
    assert!(written[0].contains("\"time\":\"1970-01-01T00:00:00.000Z\""), "{}", written[0]);
    assert!(written[1].contains("\"time\":\"9999-12-31T23:59:59.000Z\""), "{}", written[1]);
}

#[tokio::test]
async fn a_line_that_is_changed_anywhere_is_named() {
    let (sender, lines) = std::sync::mpsc::channel();
    let log = AuditLog::new(Box::new(Memory(sender))).unwrap();
    for user in ["alice", "bob", "eve"] {
        log.require(record(user), PATIENCE).await.unwrap();
    }
    let text: String = lines.try_iter().collect();
    let wrong = |bytes: &[u8]| match verify(bytes) {
        Err(VerifyError::Line { line, .. }) => line,
        other => panic!("{other:?}"),
    };
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
        bytes[at] ^= 1;
        assert_eq!(wrong(&bytes), line, "byte {at}");
    }
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(wrong([all[0], all[2]].concat().as_bytes()), 2, "one is left out");
    assert_eq!(wrong([all[0], all[1], all[1], all[2]].concat().as_bytes()), 3, "one is put in");
    assert_eq!(wrong(&text.as_bytes()[..text.len() - 1]), 3, "the last breaks off");
    assert_eq!(verify([all[1], all[2]].concat().as_bytes()).unwrap().records, 2, "the first is in another file");
}

#[tokio::test]
async fn a_file_is_its_owners_and_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    for user in ["alice", "bob"] {
        let log = AuditLog::file(&path).unwrap();
        log.require(record(user), PATIENCE).await.unwrap();
    }
    // As a process leaves it that is killed while it writes.
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"seq\":3,");
    fs::write(&path, &text).unwrap();
    assert!(matches!(verify(text.as_bytes()), Err(VerifyError::Line { line: 3, .. })));
    let log = AuditLog::file(&path).unwrap();
    log.require(record("eve"), PATIENCE).await.unwrap();
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
async fn two_servers_do_not_write_to_one_file_and_the_next_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let first = AuditLog::file(&path).unwrap();
    first.require(record("alice"), PATIENCE).await.unwrap();
    assert_eq!(
        AuditLog::file(&path).unwrap_err().to_string(),
        "another server writes to it: give each a file of its own"
    );
    first.require(record("bob"), PATIENCE).await.unwrap();
    drop(first);
    let next = AuditLog::file(&path).unwrap();
    next.require(record("carol"), PATIENCE).await.unwrap();
    assert_eq!(verify(&fs::read(&path).unwrap()[..]).unwrap().last, 3);
}

#[tokio::test]
async fn a_line_that_breaks_off_anywhere_is_named_and_then_left_out() {
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
fn what_is_no_log_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    std::os::unix::fs::symlink("elsewhere", &path).unwrap();
    assert_eq!(AuditLog::file(&path).unwrap_err().to_string(), "it is no regular file");
    let other = folder.path().join("other");
    fs::write(&other, "a file\n").unwrap();
    assert_eq!(
        AuditLog::file(&other).unwrap_err().to_string(),
        "its last line is wrong, it is not a record of an audit log: move the file away"
    );
    assert_eq!(fs::read_to_string(&other).unwrap(), "a file\n");
    let old = include_str!("before_authentication.jsonl");
    for text in ["a file".to_owned(), "x".repeat(300 * 1024), format!("{old}a line of somebody else")] {
        fs::write(&other, &text).unwrap();
        assert_eq!(
            AuditLog::file(&other).unwrap_err().to_string(),
            "it does not end in a record of an audit log: move the file away"
        );
        assert!(fs::read_to_string(&other).unwrap() == text, "it is as it was");
    }
    fs::write(&other, old).unwrap();
    fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o606)).unwrap();
    assert_eq!(
        AuditLog::file(&other).unwrap_err().to_string(),
        "everyone may write it: take that away with `chmod o-w`"
    );
}

/// A sink that fails, panics, blocks, and then works.
struct Moody(u32, Receiver<()>);

impl Sink for Moody {
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
async fn what_cannot_be_written_is_refused_in_time_and_it_goes_on_when_it_can() {
    let (release, released) = std::sync::mpsc::channel();
    let log = AuditLog::new(Box::new(Moody(0, released))).unwrap();
    let short = Duration::from_millis(20);
    assert_eq!(log.require(record("full"), PATIENCE).await, Err(Refused));
    assert_eq!(log.kept().failure.as_deref(), Some("no storage space"));
    assert_eq!(log.require(record("panics"), PATIENCE).await, Err(Refused));
    assert_eq!(log.require(record("blocks"), short).await, Err(Refused));
    for _ in 0..WAITING {
        log.note(record("waits"));
    }
    assert_eq!(log.require(record("no place"), short).await, Err(Refused));
    drop(release);
    log.flush(PATIENCE).await;
    assert_eq!(log.require(record("works"), PATIENCE).await, Ok(()));
    let kept = log.kept();
    assert_eq!((kept.failure.as_deref(), kept.latest.len()), (None, LATEST));
}

#[tokio::test]
async fn whoever_is_refused_writes_a_few_lines_and_hides_nobody_else() {
    let (sender, lines) = std::sync::mpsc::channel();
    let log = AuditLog::new(Box::new(Memory(sender))).unwrap();
    let start = Instant::now();
    for _ in 0..10_000 {
        log.note_in_share_at(None, record("tried"), start);
    }
    log.note_in_share_at(Some("alice"), record("alice"), start);
    log.note_in_share_at(None, record("tried"), start + Duration::from_secs(1));
    log.flush(PATIENCE).await;
    let told = lines.try_iter().map(|line| {
        let document: serde_json::Value = serde_json::from_str(&line).unwrap();
        format!("{} {}", document["user"].as_str().unwrap(), document["suppressed"])
    });
    let mut expected = vec!["tried null"; 10];
    expected.extend(["alice null", "tried 9990"]);
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
