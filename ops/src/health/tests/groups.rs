//! Groups, and checks of several kinds.

use super::*;
use crate::health::{HealthError, Status};

/// Creates a runner with a group `storage` of `db` and, by its descriptor, `disk`; `mail` has no group.
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
async fn part_is_one_check_or_the_checks_of_one_group() {
    let health = health();
    let storage = "[+]db ok\n[-]disk failed: the check returned `false`\nunhealthy\n";
    assert_eq!(part(&health, "storage").await.as_deref(), Some(storage));
    assert_eq!(part(&health, "db").await.as_deref(), Some("[+]db ok\nhealthy\n"));
    assert_eq!(part(&health, "nothing").await, None);
    assert!(health.group_errors().is_empty());
}

#[tokio::test]
async fn part_is_unhealthy_while_draining() {
    let health = health();
    health.drain();
    let drained = "[+]db ok\n[-]drain failed: the program is draining\nunhealthy\n";
    assert_eq!(part(&health, "db").await.as_deref(), Some(drained));
}

#[test]
fn reports_all_group_errors() {
    let health = health();
    health.group("db", ["mail"]);
    health.group("storage", ["tape"]);
    health.group("The Rest", ["mail"]);
    let errors: Vec<_> = health.group_errors().iter().map(HealthError::to_string).collect();
    assert_eq!(
        errors,
        [
            "invalid health check or group name `The Rest`: it may contain only lowercase letters, digits, `_`, `.` and `-`, \
             must start with a letter or digit, and is limited to 64 bytes",
            "invalid health check group `db`: a health check has this name; rename the group",
            "invalid health check group `storage`: unknown check `tape`; register it or remove it from the group",
        ]
    );
}

#[tokio::test]
async fn check_of_several_kinds_affects_each() {
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
