//! How a report is written.

use super::*;
use crate::health::{CheckResult, Report, Status};
use std::collections::BTreeMap;

/// One check of every status, as of a probe.
fn report() -> Report {
    let result = |name: &str, status: Status, error: Option<&str>| {
        let result = CheckResult {
            ok: status == Status::Healthy,
            status,
            not_applicable: false,
            error: error.map(str::to_owned),
            critical: status != Status::Degraded,
            kind: CheckKind::Readiness.into(),
            duration: ms(250),
            age: ms(1500),
            details: [].into(),
            active_override: None,
        };
        (name.to_owned(), result)
    };
    let mut checks = BTreeMap::from([
        result("db", Status::Healthy, None),
        result("disk", Status::Degraded, Some("91 % full")),
        result("queue", Status::Unhealthy, Some("connection refused\n[+]forged ok")),
        result("search", Status::Unknown, Some("no result yet")),
    ]);
    checks.get_mut("disk").unwrap().details.insert("free_bytes".to_owned(), 1_024_u64.into());
    Report::new(checks, false)
}

#[test]
fn as_text_it_is_one_line_a_check_and_the_verdict() {
    assert_eq!(
        report().to_text(),
        "[+]db ok\n\
         [!]disk degraded: 91 % full\n\
         [-]queue failed: connection refused [+]forged ok\n\
         [?]search unknown: no result yet\n\
         unhealthy\n"
    );
}

#[test]
fn of_a_check_that_is_healthy_the_last_failure_is_no_part_of_the_text() {
    let mut report = report();
    report.checks.retain(|name, _| name == "db");
    report.checks.get_mut("db").unwrap().error = Some("one failure of three".to_owned());
    assert_eq!(Report::new(report.checks, false).to_text(), "[+]db ok\nhealthy\n");
}

#[test]
fn while_the_program_drains_it_is_unhealthy_whatever_the_checks_say() {
    let mut checks = report().checks;
    checks.retain(|name, _| name == "db");
    let mut report = Report::new(checks, true);
    assert_eq!(report.to_text(), "[+]db ok\n[-]drain failed: no new work, whatever the checks say\nunhealthy\n");
    report.exclude("db");
    assert_eq!(serde_json::to_string(&report).unwrap(), r#"{"status":"unhealthy","draining":true,"checks":{}}"#);
}

#[test]
fn for_strangers_the_reasons_are_withheld() {
    assert_eq!(
        report().without_errors().to_text(),
        "[+]db ok\n\
         [!]disk degraded\n\
         [-]queue failed: reason withheld\n\
         [?]search unknown: reason withheld\n\
         unhealthy\n"
    );
    let disk = &report().without_errors().checks["disk"];
    assert_eq!((disk.error.as_deref(), disk.details.len()), (Some("reason withheld"), 0));
}

#[test]
fn without_checks_it_is_healthy() {
    assert_eq!(Report::new([].into(), false).to_text(), "healthy\n");
}

#[test]
fn as_json_it_has_what_there_is_to_tell() {
    let mut report = report();
    report.exclude("queue");
    report.exclude("search");
    assert_eq!(
        serde_json::to_string_pretty(&report).unwrap(),
        r#"{
  "status": "degraded",
  "checks": {
    "db": {
      "ok": true,
      "status": "healthy",
      "critical": true,
      "kind": "readiness",
      "duration_seconds": 0.25,
      "age_seconds": 1.5
    },
    "disk": {
      "ok": false,
      "status": "degraded",
      "error": "91 % full",
      "critical": false,
      "kind": "readiness",
      "duration_seconds": 0.25,
      "age_seconds": 1.5,
      "details": {
        "free_bytes": 1024
      }
    }
  }
}"#
    );
}

#[test]
fn an_excluded_check_does_not_count() {
    let mut report = report();
    assert!(report.exclude("queue"));
    assert!(!report.exclude("queue"), "it is gone");
    assert_eq!(report.status, Status::Unknown);
    report.exclude("search");
    assert_eq!(
        report.to_text(),
        "[+]db ok\n\
         [!]disk degraded: 91 % full\n\
         [+]queue excluded: ok\n\
         [+]search excluded: ok\n\
         degraded\n"
    );
}

#[test]
fn the_worst_status_is_the_greatest() {
    let mut all = [Status::Unknown, Status::Healthy, Status::Unhealthy, Status::Degraded];
    all.sort();
    assert_eq!(all.map(Status::as_str), ["healthy", "degraded", "unknown", "unhealthy"]);
    assert_eq!(all.map(Status::is_serving), [true, true, false, false]);
}
