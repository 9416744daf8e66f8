//! The configuration of an API.

use super::{Introspector, Limits};
use crate::audit::AuditLog;
use crate::cluster::Cluster;
use crate::health::Health;
use crate::rbac::{Authorizer, Policy, PolicyFile};
use crate::registry::{Catalog, Metrics};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The configuration of an API, which the builder has validated.
#[derive(Clone)]
pub(crate) struct ApiConfig {
    pub(crate) health: Arc<Health>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) catalog: &'static Catalog,
    pub(crate) introspector: Option<Arc<dyn Introspector>>,
    pub(crate) cluster: Option<Arc<dyn Cluster>>,
    pub(crate) facts: BTreeMap<String, String>,
    pub(crate) policy: Option<Arc<Policy>>,
    /// Where the policy comes from, if that is a file.
    pub(crate) policy_file: Option<Arc<PolicyFile>>,
    /// Decides in place of the grants of the policy.
    pub(crate) authorizer: Option<Arc<dyn Authorizer>>,
    /// The names this server goes by, besides `localhost` and literal addresses; checked if there are any.
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) audit: Arc<AuditLog>,
    /// What the server presents, if it speaks TLS.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<crate::tls::TlsFiles>>,
    pub(crate) metrics_are_protected: bool,
    pub(crate) created_samples: bool,
    pub(crate) uncompressed_metrics: bool,
    pub(crate) limits: Limits,
}

/// Discards the audit log, for tests of something else.
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
    /// The configuration of an API without options: of what is linked into the tests.
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
