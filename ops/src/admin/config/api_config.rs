//! Configuration of an API.

use super::{Introspector, Limits};
use crate::audit::AuditLog;
use crate::cluster::Cluster;
use crate::health::Health;
use crate::rbac::{Authorizer, Policy, PolicyFile};
use crate::registry::{Catalog, Metrics};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The configuration of an API, validated by the builder.
#[derive(Clone)]
pub(crate) struct ApiConfig {
    pub(crate) health: Arc<Health>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) catalog: &'static Catalog,
    pub(crate) introspector: Option<Arc<dyn Introspector>>,
    pub(crate) cluster: Option<Arc<dyn Cluster>>,
    pub(crate) facts: BTreeMap<String, String>,
    pub(crate) policy: Option<Arc<Policy>>,
    /// File that the policy is loaded from, if any.
    pub(crate) policy_file: Option<Arc<PolicyFile>>,
    /// External authorizer, which replaces the grants of the policy.
    pub(crate) authorizer: Option<Arc<dyn Authorizer>>,
    /// Host names of this server besides `localhost` and literal addresses.
    ///
    /// If not empty, the `Host` header is always checked.
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) audit: Arc<AuditLog>,
    /// Certificate and key of the server, if TLS is enabled.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<crate::tls::TlsFiles>>,
    pub(crate) metrics_are_protected: bool,
    pub(crate) created_samples: bool,
    pub(crate) uncompressed_metrics: bool,
    pub(crate) limits: Limits,
}

/// An audit sink that discards all records.
#[cfg(any(test, fuzzing))]
struct DiscardingSink;

#[cfg(any(test, fuzzing))]
impl crate::audit::Sink for DiscardingSink {
    fn write(&mut self, _line: &str) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(any(test, fuzzing))]
impl ApiConfig {
    /// Returns the default configuration, without checks and metrics.
    pub(crate) fn empty() -> ApiConfig {
        let metrics = Metrics::new();
        ApiConfig {
            health: Arc::new(Health::new()),
            catalog: Box::leak(Box::new(Catalog::of(&metrics))),
            metrics: Arc::new(metrics),
            introspector: None,
            cluster: None,
            facts: BTreeMap::new(),
            policy: None,
            policy_file: None,
            authorizer: None,
            hosts: BTreeSet::new(),
            audit: Arc::new(AuditLog::new(Box::new(DiscardingSink)).expect("a thread")),
            #[cfg(feature = "tls")]
            tls: None,
            metrics_are_protected: false,
            created_samples: false,
            uncompressed_metrics: false,
            limits: Limits::default(),
        }
    }
}
