//! Every limit of the server, in one place; `/info` shows them.

use serde::{Serialize, Serializer};
use std::time::Duration;

/// What one server may use, and how long anything may take.
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
    /// Open connections. One more takes the place of the one that has been idle longest, and is closed at once if none is
    /// idle. 1024.
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
    /// Scrapes that are written at the same time; as many again may wait. 4.
    pub concurrent_scrapes: usize,
    /// Passwords that are checked at the same time. Half of the cores.
    pub concurrent_logins: usize,
    /// Passwords that may wait for their check before callers are told to come back. 32.
    pub waiting_logins: usize,
    /// Calls of an [`Introspector`](crate::Introspector) or a [`Cluster`](crate::Cluster) that run at the same time. 4.
    pub concurrent_contributions: usize,
    /// How long such a call may take before `/info` shows an error in its place. 2 s.
    #[serde(rename = "contribution_timeout_seconds", serialize_with = "seconds")]
    pub contribution_timeout: Duration,
    /// Streams of events that are open at the same time. 16.
    pub event_streams: usize,
    /// How long a client may take nothing of an answer that it is sent. 10 s.
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
            concurrent_logins: (cores / 2).max(1),
            waiting_logins: 32,
            concurrent_contributions: 4,
            contribution_timeout: Duration::from_secs(2),
            event_streams: 16,
            write_progress_timeout: Duration::from_secs(10),
            shutdown_timeout: Duration::from_secs(5),
        }
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
