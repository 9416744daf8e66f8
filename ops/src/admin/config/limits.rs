//! Every limit of the server, in one place; `/info` shows them.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::time::Duration;

/// What one server may use, and how long anything may take.
///
/// A time of more than a year counts as a year, so that `Duration::MAX` is as good as no limit; more than 10,000 headers count as
/// that.
///
/// ```standalone_crate
/// let mut limits = ops::Limits::default();
/// limits.connections = 64;
/// let api = ops::Api::builder().limits(limits).build()?;
/// # Ok::<(), ops::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Limits {
    /// Open connections. One more takes the place of an idle one, of the address that has most, and is closed at once if none
    /// is idle. 1024.
    pub connections: usize,
    /// Open connections of one address, an IPv6 network of 64 bits counting as one. One more takes the place of that
    /// address' own longest idle one. 64.
    pub connections_per_address: usize,
    /// Connections that this machine may have over either limit: a probe from here is answered however full it is. 16.
    pub connections_for_loopback: usize,
    /// How long a connection is kept, whatever it does. 15 min.
    #[serde(rename = "connection_age_seconds", serialize_with = "seconds")]
    pub connection_age: Duration,
    /// The head of a request: its first line and its headers; at least 8 KiB. 32 KiB.
    pub request_head_bytes: usize,
    /// Headers of a request. 64.
    pub request_headers: usize,
    /// How long the head of a request may take, and how long a connection may be idle. 10 s.
    #[serde(rename = "request_head_timeout_seconds", serialize_with = "seconds")]
    pub request_head_timeout: Duration,
    /// The body of a request that changes something; the bodies of others are not read. 64 KiB.
    pub request_body_bytes: usize,
    /// How long such a body may take. 10 s.
    #[serde(rename = "request_body_timeout_seconds", serialize_with = "seconds")]
    pub request_body_timeout: Duration,
    /// How long the answer to a request may take. 30 s.
    #[serde(rename = "request_timeout_seconds", serialize_with = "seconds")]
    pub request_timeout: Duration,
    /// How long a probe waits for the checks before it reports the last known results. 800 ms, under the 1 s of a kubelet.
    #[serde(rename = "probe_budget_seconds", serialize_with = "seconds")]
    pub probe_budget: Duration,
    /// ScrapeLimiter that are written at the same time, one fewer of one address; as many again may wait. 4.
    pub concurrent_scrapes: usize,
    /// How long a scrape may wait for its client, which takes nothing, while another scrape waits to be written: then it gives way,
    /// and its answer breaks off. 1 s.
    #[serde(rename = "scrape_progress_timeout_seconds", serialize_with = "seconds")]
    pub scrape_progress_timeout: Duration,
    /// How long a scrape waits for the callbacks of [`Metrics`](crate::Metrics) before it leaves their families out; less
    /// if the scraper says that it waits less, by `X-Prometheus-Scrape-Timeout-Seconds`. 1 s.
    #[serde(rename = "collector_timeout_seconds", serialize_with = "seconds")]
    pub collector_timeout: Duration,
    /// Passwords that are checked at the same time. Half of the cores.
    pub concurrent_logins: usize,
    /// Passwords that may wait for their check before callers are told to come back. 32.
    pub waiting_logins: usize,
    /// So many of them may be of one address. 4.
    pub waiting_logins_per_address: usize,
    /// Right logins that are known without another check. 256.
    pub cached_logins: usize,
    /// How long a right login is known. 2 min.
    #[serde(rename = "cached_login_lifetime_seconds", serialize_with = "seconds")]
    pub cached_login_lifetime: Duration,
    /// Wrong passwords in a row under one name, after which each next one has to wait: 1 s, and twice as long each time, up
    /// to a minute. 5.
    pub failed_logins: u32,
    /// The same for one address, under whatever names. More, as many people may share an address. 20.
    pub failed_logins_per_address: u32,
    /// Decisions of an [`Authorizer`](crate::rbac::Authorizer) that are made at the same time. 8.
    pub concurrent_decisions: usize,
    /// How long a decision may take before it is a refusal. 2 s.
    #[serde(rename = "decision_timeout_seconds", serialize_with = "seconds")]
    pub decision_timeout: Duration,
    /// How long a mutation waits for its line in the audit log before it is refused. 2 s.
    #[serde(rename = "audit_timeout_seconds", serialize_with = "seconds")]
    pub audit_timeout: Duration,
    /// How often a policy file is looked at. 5 s.
    #[serde(rename = "policy_file_interval_seconds", serialize_with = "seconds")]
    pub policy_file_interval: Duration,
    /// How long a client may take for the handshake of TLS, from the moment that it has connected. 5 s.
    #[serde(rename = "tls_handshake_timeout_seconds", serialize_with = "seconds")]
    pub tls_handshake_timeout: Duration,
    /// How often the files of TLS are looked at. 5 s.
    #[serde(rename = "tls_files_interval_seconds", serialize_with = "seconds")]
    pub tls_files_interval: Duration,
    /// Calls of an [`Introspector`](crate::Introspector) or a [`Cluster`](crate::Cluster) that run at the same time. 4.
    pub concurrent_contributions: usize,
    /// How long such a call may take before `/info` shows an error in its place. 2 s.
    #[serde(rename = "contribution_timeout_seconds", serialize_with = "seconds")]
    pub contribution_timeout: Duration,
    /// Streams of events that are open at the same time. 16.
    pub event_streams: usize,
    /// How long a client may take nothing of an answer that it is sent; on Linux also how long its system may not
    /// acknowledge what was sent. 10 s.
    #[serde(rename = "write_progress_timeout_seconds", serialize_with = "seconds")]
    pub write_progress_timeout: Duration,
    /// How long a shutdown waits for requests in flight. 5 s.
    #[serde(rename = "shutdown_timeout_seconds", serialize_with = "seconds")]
    pub shutdown_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Limits {
            connections: 1024,
            connections_per_address: 64,
            connections_for_loopback: 16,
            connection_age: Duration::from_secs(15 * 60),
            request_head_bytes: 32 * 1024,
            request_headers: 64,
            request_head_timeout: Duration::from_secs(10),
            request_body_bytes: 64 * 1024,
            request_body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            probe_budget: Duration::from_millis(800),
            concurrent_scrapes: 4,
            scrape_progress_timeout: Duration::from_secs(1),
            collector_timeout: Duration::from_secs(1),
            concurrent_logins: (cores / 2).max(1),
            waiting_logins: 32,
            waiting_logins_per_address: 4,
            cached_logins: 256,
            cached_login_lifetime: Duration::from_secs(2 * 60),
            failed_logins: 5,
            failed_logins_per_address: 20,
            concurrent_decisions: 8,
            decision_timeout: Duration::from_secs(2),
            audit_timeout: Duration::from_secs(2),
            policy_file_interval: Duration::from_secs(5),
            tls_handshake_timeout: Duration::from_secs(5),
            tls_files_interval: Duration::from_secs(5),
            concurrent_contributions: 4,
            contribution_timeout: Duration::from_secs(2),
            event_streams: 16,
            write_progress_timeout: Duration::from_secs(10),
            shutdown_timeout: Duration::from_secs(5),
        }
    }
}

/// The longest time. A moment that is further away may not be one that the system knows.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// As many headers as there can be in a request: room is made for all of them.
const MOST_HEADERS: usize = 10_000;

impl Limits {
    /// Serializes the limits as `/info` shows them, sorted by name.
    pub(crate) fn to_json(&self) -> serde_json::Result<Box<RawValue>> {
        RawValue::from_string(serde_json::to_value(self)?.to_string())
    }

    /// These, as far as they can be kept.
    pub(crate) fn bounded(mut self) -> Limits {
        for time in [
            &mut self.connection_age,
            &mut self.request_head_timeout,
            &mut self.request_body_timeout,
            &mut self.request_timeout,
            &mut self.probe_budget,
            &mut self.scrape_progress_timeout,
            &mut self.collector_timeout,
            &mut self.cached_login_lifetime,
            &mut self.decision_timeout,
            &mut self.audit_timeout,
            &mut self.policy_file_interval,
            &mut self.tls_handshake_timeout,
            &mut self.tls_files_interval,
            &mut self.contribution_timeout,
            &mut self.write_progress_timeout,
            &mut self.shutdown_timeout,
        ] {
            *time = (*time).min(LONGEST);
        }
        self.request_headers = self.request_headers.min(MOST_HEADERS);
        self
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_longer_than_a_year_and_what_is_shorter_stays() {
        let forever = Duration::MAX;
        // Every one is named, so that a new one is here too.
        let limits = Limits {
            connections: usize::MAX,
            connections_per_address: usize::MAX,
            connections_for_loopback: usize::MAX,
            connection_age: forever,
            request_head_bytes: usize::MAX,
            request_headers: usize::MAX,
            request_head_timeout: forever,
            request_body_bytes: usize::MAX,
            request_body_timeout: forever,
            request_timeout: forever,
            probe_budget: forever,
            concurrent_scrapes: usize::MAX,
            scrape_progress_timeout: forever,
            collector_timeout: forever,
            concurrent_logins: usize::MAX,
            waiting_logins: usize::MAX,
            waiting_logins_per_address: usize::MAX,
            cached_logins: usize::MAX,
            cached_login_lifetime: forever,
            failed_logins: u32::MAX,
            failed_logins_per_address: u32::MAX,
            concurrent_decisions: usize::MAX,
            decision_timeout: forever,
            audit_timeout: forever,
            policy_file_interval: forever,
            tls_handshake_timeout: forever,
            tls_files_interval: forever,
            concurrent_contributions: usize::MAX,
            contribution_timeout: forever,
            event_streams: usize::MAX,
            write_progress_timeout: forever,
            shutdown_timeout: forever,
        };
        let shown = serde_json::to_value(limits.bounded()).unwrap();
        let times = shown.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_seconds"));
        let (mut count, year) = (0, LONGEST.as_secs_f64());
        for (name, value) in times {
            count += 1;
            assert_eq!(value.as_f64(), Some(year), "{name}");
        }
        assert_eq!((count, &shown["request_headers"]), (16, &serde_json::json!(10_000)));
        assert_eq!(Limits::default().bounded(), Limits::default());
    }
}
