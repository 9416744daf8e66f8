//! How a report is written.

use super::*;
use crate::health::{CheckResult, Outcome, Report, Status};

/// One check of every status, as of a probe.
fn report() -> Report {
    let result = |descriptor: CheckDescriptor, outcome: Outcome| {
        let name = descriptor.name().to_owned();
        (name, CheckResult::new(&descriptor, &outcome, ms(250), ms(1500)))
    };
    let checks = [
        result(check("db"), Outcome::healthy()),
        result(check("disk").critical(false), Outcome::unhealthy("91 % full").detail("free_bytes", 1_024_u64)),
        result(check("queue"), Outcome::unhealthy("connection refused\n[+]forged ok")),
        result(check("search"), Outcome::unknown("no result yet")),
    ];
    Report::new(checks.into())
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
    assert_eq!(Report::new([].into()).to_text(), "healthy\n");
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
    assert_eq!(report.status, Status::Degraded);
}

#[test]
fn the_worst_status_is_the_greatest() {
    let mut all = [Status::Unknown, Status::Healthy, Status::Unhealthy, Status::Degraded];
    all.sort();
    assert_eq!(all.map(Status::as_str), ["healthy", "degraded", "unknown", "unhealthy"]);
    assert_eq!(all.map(Status::is_serving), [true, true, false, false]);
}
