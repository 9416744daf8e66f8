//! Text and JSON representations of reports.

use super::*;
use crate::health::{CheckResult, Report, Status};
use std::collections::BTreeMap;

/// Creates a report with one check of every status.
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
fn text_has_one_line_per_check_and_the_status() {
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
fn text_omits_the_last_failure_of_a_healthy_check() {
    let mut report = report();
    report.checks.retain(|name, _| name == "db");
    report.checks.get_mut("db").unwrap().error = Some("one failure of three".to_owned());
    assert_eq!(Report::new(report.checks, false).to_text(), "[+]db ok\nhealthy\n");
}

#[test]
fn report_is_unhealthy_while_draining() {
    let mut checks = report().checks;
    checks.retain(|name, _| name == "db");
    let mut report = Report::new(checks, true);
    assert_eq!(report.to_text(), "[+]db ok\n[-]drain failed: the program is draining\nunhealthy\n");
    report.exclude("db");
    assert_eq!(serde_json::to_string(&report).unwrap(), r#"{"status":"unhealthy","draining":true,"checks":{}}"#);
}

#[test]
fn without_errors_withholds_reasons_and_details() {
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
fn report_without_checks_is_healthy() {
    assert_eq!(Report::new([].into(), false).to_text(), "healthy\n");
}

#[test]
fn json_has_all_present_fields() {
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
fn excluded_check_does_not_affect_the_status() {
    let mut report = report();
    assert!(report.exclude("queue"));
    assert!(!report.exclude("queue"), "already excluded");
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
fn statuses_are_ordered_by_severity() {
    let mut all = [Status::Unknown, Status::Healthy, Status::Unhealthy, Status::Degraded];
    all.sort();
    assert_eq!(all.map(Status::as_str), ["healthy", "degraded", "unknown", "unhealthy"]);
    assert_eq!(all.map(Status::is_serving), [true, true, false, false]);
}
