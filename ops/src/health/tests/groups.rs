//! Checks that are asked for together.

use super::*;
use crate::health::{HealthError, Status};

/// `db` and `disk` in the group `storage`, one by declaration, and `mail` in none.
fn health() -> Health {
    let health = Health::new();
    health.register("db", |_context| async {});
    health.register_check(check("disk").groups(&["storage"]), |_context| async { false }).unwrap();
    health.register("mail", |_context| async { false });
    health.group("storage", ["db"]);
    health
}

async fn part(health: &Health, name: &str) -> Option<String> {
    health.probe_part(name, AMPLE).await.map(|report| report.to_text())
}

#[tokio::test]
async fn a_part_is_one_check_or_the_checks_of_one_group() {
    let health = health();
    let storage = "[+]db ok\n[-]disk failed: the check returned `false`\nunhealthy\n";
    assert_eq!(part(&health, "storage").await.as_deref(), Some(storage));
    assert_eq!(part(&health, "db").await.as_deref(), Some("[+]db ok\nhealthy\n"));
    assert_eq!(part(&health, "nothing").await, None);
    assert!(health.group_errors().is_empty());
}

#[tokio::test]
async fn a_part_drains_with_the_whole() {
    let health = health();
    health.drain();
    let drained = "[+]db ok\n[-]drain failed: no new work, whatever the checks say\nunhealthy\n";
    assert_eq!(part(&health, "db").await.as_deref(), Some(drained));
}

#[test]
fn everything_that_is_wrong_with_groups_is_told() {
    let health = health();
    health.group("db", ["mail"]);
    health.group("storage", ["tape"]);
    health.group("The Rest", ["mail"]);
    let sentences: Vec<_> = health.group_errors().iter().map(HealthError::to_string).collect();
    assert_eq!(
        sentences,
        [
            "invalid name \"The Rest\" of a health check or group: use lower-case letters, digits, `_`, `.` and `-`, \
              starting with a letter or a digit, at most 64 bytes",
            "`db` is a health check and a group of them: give the group another name",
            "the group `storage` has a check `tape` that is not there: register it, or take it out of the group",
        ]
    );
}

#[tokio::test]
async fn a_check_of_several_kinds_answers_for_each() {
    let health = Health::new();
    let both = check("schema").kinds(&[CheckKind::Readiness, CheckKind::Startup]);
    health.register_check(both, |_context| async { false }).unwrap();
    for (kind, status) in [
        (CheckKind::Readiness, Status::Unhealthy),
        (CheckKind::Startup, Status::Unhealthy),
        (CheckKind::Liveness, Status::Healthy),
    ] {
        assert_eq!(health.probe(kind, AMPLE).await.status, status, "{kind:?}");
    }
}
