//! Resource limits and timeouts of the server.
//!
//! One table generates the fields, setters, defaults, bounds and the JSON of `/info`.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Maximum duration: a later `Instant` may not be representable.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

const KIB: usize = 1024;

/// Range of limits that must not be zero.
const POSITIVE: RangeInclusive<usize> = 1..=usize::MAX;

/// Minimum buffer size that hyper accepts.
const MIN_HEAD_BYTES: usize = 8 * KIB;

/// Maximum number of request headers: hyper allocates memory for all of them up front.
const MAX_HEADERS: usize = 10_000;

/// The type of a limit.
trait Limit: Copy {
    /// Range of a limit without an explicit one.
    const RANGE: RangeInclusive<Self>;
    /// Unit suffix of the JSON key; empty for counts and bytes, whose names contain the unit.
    const KEY_SUFFIX: &str;

    fn to_json(self) -> Value;
}

impl Limit for usize {
    const RANGE: RangeInclusive<usize> = 0..=usize::MAX;
    const KEY_SUFFIX: &str = "";

    fn to_json(self) -> Value {
        self.into()
    }
}

impl Limit for u32 {
    const RANGE: RangeInclusive<u32> = 0..=u32::MAX;
    const KEY_SUFFIX: &str = "";

    fn to_json(self) -> Value {
        self.into()
    }
}

impl Limit for Duration {
    const RANGE: RangeInclusive<Duration> = Duration::ZERO..=YEAR;
    const KEY_SUFFIX: &str = "_seconds";

    fn to_json(self) -> Value {
        self.as_secs_f64().into()
    }
}

/// Expands to the range of a limit: the explicit one or the default of its type.
macro_rules! range {
    ($type:ty) => {
        <$type as Limit>::RANGE
    };
    ($type:ty, $range:expr) => {
        $range
    };
}

/// Declares the limits.
///
/// A row is `name: type = default, "default as documented", in range;`, with an optional range.
macro_rules! limits {
    (
        $(#[$struct_doc:meta])*
        pub struct $limits:ident {
            $($(#[$doc:meta])* $name:ident: $type:ty = $default:expr, $shown:literal $(, in $range:expr)?;)*
        }
    ) => {
        $(#[$struct_doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $limits {
            $(pub(crate) $name: $type,)*
        }

        impl Default for $limits {
            fn default() -> $limits {
                $limits { $($name: $default,)* }
            }
        }

        impl $limits {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!("Default: ", $shown, ".")]
                #[must_use]
                pub fn $name(mut self, $name: $type) -> $limits {
                    let range = range!($type $(, $range)?);
                    self.$name = $name.clamp(*range.start(), *range.end());
                    self
                }
            )*

            /// Serializes the limits for `/info`, sorted by name.
            pub(crate) fn to_json(&self) -> serde_json::Result<Box<RawValue>> {
                let mut json = Map::new();
                $(json.insert([stringify!($name), <$type>::KEY_SUFFIX].concat(), self.$name.to_json());)*
                RawValue::from_string(Value::Object(json).to_string())
            }
        }

        /// Documented defaults: name, suffix of the JSON key, and text.
        #[cfg(test)]
        const DOCUMENTED: &[(&str, &str, &str)] = &[$((stringify!($name), <$type>::KEY_SUFFIX, $shown),)*];
    };
}

limits! {
    /// Resource limits and timeouts of a server.
    ///
    /// Values outside the range of a limit are clamped. Durations are at most 365 days, so `Duration::MAX` effectively disables
    /// a timeout. `/info` shows the limits in effect.
    ///
    /// ```standalone_crate
    /// let limits = ops::Limits::default().max_connections(64).max_connections_per_address(8);
    /// let api = ops::Api::builder().limits(limits).build()?;
    /// # Ok::<(), ops::Error>(())
    /// ```
    pub struct Limits {
        /// Sets the maximum number of open connections, at least 1.
        ///
        /// At the limit, a new connection replaces the longest-idle one of the address with the most connections. If no
        /// connection is idle, the new one is closed.
        max_connections: usize = 1024, "1024", in POSITIVE;

        /// Sets the maximum number of open connections per client address, at least 1.
        ///
        /// At the limit, a new connection replaces the longest-idle one of the same address. An IPv6 /64 network counts as one
        /// address.
        max_connections_per_address: usize = 64, "64", in POSITIVE;

        /// Sets the number of local connections accepted beyond the connection limits.
        ///
        /// Connections over loopback addresses and Unix sockets are local. The reserve keeps local probes working while the server
        /// is full.
        loopback_reserved_connections: usize = 16, "16";

        /// Sets the maximum age of a connection, after which it is closed gracefully.
        max_connection_age: Duration = 15 * MINUTE, "15 min";

        /// Sets the maximum size of a request head (request line and headers) in bytes, at least 8 KiB.
        max_request_head_bytes: usize = 32 * KIB, "32 KiB", in MIN_HEAD_BYTES..=usize::MAX;

        /// Sets the maximum number of request headers, at most 10,000.
        max_request_headers: usize = 64, "64", in 0..=MAX_HEADERS;

        /// Sets the timeout for receiving a request head.
        ///
        /// Measured from the start of the connection or, for later requests, from the first byte of the head.
        request_head_timeout: Duration = 10 * SECOND, "10 s";

        /// Sets the maximum idle time of a connection between requests.
        ///
        /// Keep it above the intervals of probes and scrapes: a request that is sent while the server closes the idle
        /// connection fails with a connection reset.
        idle_timeout: Duration = 75 * SECOND, "75 s";

        /// Sets the maximum body size of a mutation, in bytes. Bodies of other requests are not read.
        max_request_body_bytes: usize = 64 * KIB, "64 KiB";

        /// Sets the timeout for receiving the body of a mutation.
        request_body_timeout: Duration = 10 * SECOND, "10 s";

        /// Sets the timeout for responding to a request.
        request_timeout: Duration = 30 * SECOND, "30 s";

        /// Sets how long a probe waits for its checks before it reports the last known results.
        ///
        /// Keep it below the timeout of the prober; the default of Kubernetes is 1 s.
        probe_budget: Duration = Duration::from_millis(800), "800 ms";

        /// Sets the maximum number of concurrent scrapes, at least 1.
        ///
        /// As many again may wait; others get a 503 with `Retry-After`. One address may run all but one of the scrapes, unless the
        /// maximum is 1.
        max_concurrent_scrapes: usize = 4, "4", in POSITIVE;

        /// Sets how long a scrape may stall while another scrape waits.
        ///
        /// If its client reads nothing for this time, the scrape is aborted in favor of a waiting one.
        scrape_write_timeout: Duration = SECOND, "1 s";

        /// Sets the timeout of a scrape for the callbacks of [`Metrics`](crate::Metrics).
        ///
        /// Families of late callbacks are omitted. The header `X-Prometheus-Scrape-Timeout-Seconds` can shorten the timeout.
        collector_timeout: Duration = SECOND, "1 s";

        /// Sets the maximum number of concurrent password verifications, at least 1.
        max_concurrent_logins: usize = (cores() / 2).max(1), "half of the available cores", in POSITIVE;

        /// Sets the maximum number of queued password verifications, at least 1.
        ///
        /// Further logins get a 503 with `Retry-After`.
        max_queued_logins: usize = 32, "32", in POSITIVE;

        /// Sets the maximum number of queued password verifications per client address, at least 1.
        ///
        /// An IPv6 /64 network counts as one address.
        max_queued_logins_per_address: usize = 4, "4", in POSITIVE;

        /// Sets the maximum number of cached successful logins. 0 disables the cache.
        ///
        /// A cached login skips the deliberately slow verification of the password. A policy change invalidates all of them.
        login_cache_capacity: usize = 256, "256";

        /// Sets how long a successful login is cached.
        login_cache_ttl: Duration = 2 * MINUTE, "2 min";

        /// Sets the number of consecutive failed logins per user name before throttling starts.
        ///
        /// Further logins are throttled with exponential backoff from 1 s to 1 min.
        login_failure_threshold: u32 = 5, "5";

        /// Sets the number of consecutive failed logins per client address before throttling starts.
        ///
        /// Keep it above `login_failure_threshold`, as many users may share an address.
        login_failure_threshold_per_address: u32 = 20, "20";

        /// Sets the maximum number of concurrent [`Authorizer`](crate::rbac::Authorizer) decisions, at least 1.
        ///
        /// Up to 16 times as many, at most 1024, may wait. Further requests are denied.
        max_concurrent_decisions: usize = 8, "8", in POSITIVE;

        /// Sets the timeout of an [`Authorizer`](crate::rbac::Authorizer) decision.
        ///
        /// On timeout, the request is denied.
        decision_timeout: Duration = 2 * SECOND, "2 s";

        /// Sets the timeout for writing an audit record, after which the mutation is refused with a 503.
        audit_timeout: Duration = 2 * SECOND, "2 s";

        /// Sets the interval at which the policy file is checked for changes.
        ///
        /// On Unix, SIGHUP triggers a check too.
        policy_reload_interval: Duration = 5 * SECOND, "5 s";

        /// Sets the timeout of the TLS handshake, which starts when the connection is accepted.
        tls_handshake_timeout: Duration = 5 * SECOND, "5 s";

        /// Sets the interval at which the TLS files are checked for changes.
        ///
        /// On Unix, SIGHUP triggers a check too.
        tls_reload_interval: Duration = 5 * SECOND, "5 s";

        /// Sets the maximum number of concurrent `Introspector` and `Cluster` calls, at least 1.
        ///
        /// Up to 4 times as many, at most 256, may wait. `/info` shows an error in place of further results.
        max_concurrent_info_calls: usize = 4, "4", in POSITIVE;

        /// Sets the timeout of [`Introspector`](crate::Introspector) and [`Cluster`](crate::Cluster) calls.
        ///
        /// On timeout, `/info` shows an error in place of the result.
        info_timeout: Duration = 2 * SECOND, "2 s";

        /// Sets the maximum number of open streams of `/admin/health/events`.
        ///
        /// Further streams get a 503 with `Retry-After`.
        max_event_streams: usize = 16, "16";

        /// Sets how long a client may stall reading a response before the connection is closed.
        ///
        /// On Linux, it is also set as the `TCP_USER_TIMEOUT` of the connection.
        write_timeout: Duration = 10 * SECOND, "10 s";

        /// Sets how long graceful shutdown waits for in-flight requests.
        shutdown_timeout: Duration = 5 * SECOND, "5 s";
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(limits: &Limits) -> Value {
        serde_json::from_str(limits.to_json().unwrap().get()).unwrap()
    }

    #[test]
    fn documented_defaults_match_the_defaults() {
        let shown = shown(&Limits::default());
        assert_eq!(shown.as_object().unwrap().len(), DOCUMENTED.len());
        for (name, suffix, text) in DOCUMENTED {
            let value = &shown[format!("{name}{suffix}")];
            let documented = match text.strip_suffix(" KiB") {
                _ if *name == "max_concurrent_logins" => json!((cores() / 2).max(1)),
                Some(kib) => json!(kib.parse::<usize>().unwrap() * KIB),
                None if *suffix == "_seconds" => json!(humantime::parse_duration(text).unwrap().as_secs_f64()),
                None => json!(text.parse::<usize>().unwrap()),
            };
            assert_eq!(*value, documented, "{name}");
        }
    }

    #[test]
    fn setters_clamp_values_to_the_range() {
        let limits = Limits::default().request_timeout(Duration::MAX).max_request_headers(usize::MAX);
        assert_eq!((limits.request_timeout, limits.max_request_headers), (YEAR, MAX_HEADERS));
        let limits = Limits::default().max_connections(0).max_request_head_bytes(0).max_event_streams(0);
        assert_eq!(
            (limits.max_connections, limits.max_request_head_bytes, limits.max_event_streams),
            (1, MIN_HEAD_BYTES, 0)
        );
        let limits = Limits::default().request_timeout(Duration::ZERO).max_request_headers(7);
        assert_eq!((limits.request_timeout, limits.max_request_headers), (Duration::ZERO, 7));
    }

    #[test]
    fn json_keys_have_the_unit_and_are_sorted() {
        let json = Limits::default().to_json().unwrap();
        let keys: Vec<_> = shown(&Limits::default()).as_object().unwrap().keys().cloned().collect();
        assert!(keys.is_sorted() && keys.contains(&"login_cache_ttl_seconds".to_owned()), "{keys:?}");
        assert!(json.get().starts_with("{\"audit_timeout_seconds\":2.0,"), "{json}");
    }
}
