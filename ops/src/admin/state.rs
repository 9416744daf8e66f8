//! What the handlers read.

use super::buffers::Buffers;
use super::gate::Gate;
use super::logins::Logins;
use super::scrapes::Scrapes;
use super::{Introspector, Limits, info, policy};
use crate::audit::AuditLog;
use crate::cluster::Cluster;
use crate::health::Health;
use crate::rbac::{Authorizer, Policy, PolicyFile};
use crate::registry::{Catalog, Metrics};
use axum::http::HeaderValue;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

/// What an API is made of, before it has an address.
#[derive(Clone)]
pub(crate) struct Sources {
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

/// Takes the audit log of tests that are about something else.
#[cfg(any(test, fuzzing))]
struct Silent;

#[cfg(any(test, fuzzing))]
impl crate::audit::Sink for Silent {
    fn write(&mut self, _line: &str) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(any(test, fuzzing))]
impl Sources {
    /// An API of nothing but what is linked into the tests.
    pub(crate) fn empty() -> Sources {
        let metrics = Metrics::new();
        Sources {
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
            audit: Arc::new(AuditLog::new(Box::new(Silent)).expect("a thread")),
            #[cfg(feature = "tls")]
            tls: None,
            metrics_are_protected: false,
            created_samples: false,
            uncompressed_metrics: false,
            limits: Limits::default(),
        }
    }
}

/// What the handlers of one server share.
pub(crate) struct Admin {
    pub(super) sources: Sources,
    /// The runtime of the application: checks run there.
    pub(super) application: Handle,
    pub(super) exposure: Exposure,
    pub(super) started: Instant,
    /// As `/info` shows them.
    pub(super) limits_shown: Box<RawValue>,
    pub(super) scrapes: Arc<Scrapes>,
    /// What they are gathered in.
    pub(super) buffers: Arc<Buffers>,
    /// Readings of the catalogue.
    pub(super) catalogs: Gate,
    pub(super) logins: Logins,
    pub(super) decisions: Gate,
    pub(super) contributions: Gate,
    /// Places for streams of events.
    pub(super) streams: Arc<Semaphore>,
    /// Becomes true when the server is to end: what has no end of its own ends then.
    closing: watch::Receiver<bool>,
}

/// Who can reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// This machine only.
    Loopback,
    /// Other machines too.
    Network,
}

impl Admin {
    /// The state of a server for an application on `application`.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub(crate) fn new(
        sources: Sources,
        exposure: Exposure,
        application: Handle,
        closing: watch::Receiver<bool>,
    ) -> io::Result<Admin> {
        let limits = &sources.limits;
        if let Some(file) = &sources.policy_file {
            policy::measure(file, &sources.metrics);
        }
        #[cfg(feature = "tls")]
        if let Some(files) = &sources.tls {
            super::tls::measure(files, &sources.metrics);
        }
        Ok(Admin {
            scrapes: Scrapes::new(limits),
            buffers: Arc::default(),
            catalogs: Gate::new(1, 4),
            logins: Logins::new(limits)?,
            decisions: Gate::new(limits.concurrent_decisions, 16 * limits.concurrent_decisions.min(64)),
            // Both contributors of one request wait for each other, and so may those of a few requests.
            contributions: Gate::new(limits.concurrent_contributions, 4 * limits.concurrent_contributions.min(64)),
            streams: Arc::new(Semaphore::new(limits.event_streams.min(Semaphore::MAX_PERMITS))),
            closing,
            exposure,
            started: Instant::now(),
            limits_shown: info::limits(limits)?,
            application,
            sources,
        })
    }

    /// The state of a server that does not end, on the present runtime.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of(sources: Sources, exposure: Exposure) -> Arc<Admin> {
        Arc::new(Admin::new(sources, exposure, Handle::current(), watch::channel(false).1).expect("randomness"))
    }

    /// What the server presents, if it speaks TLS.
    #[cfg(feature = "tls")]
    pub(crate) fn tls(&self) -> Option<Arc<crate::tls::TlsFiles>> {
        self.sources.tls.clone()
    }

    /// What browsers are told of TLS, where it is spoken and they are to be told.
    pub(super) fn strict_transport(&self) -> Option<HeaderValue> {
        #[cfg(feature = "tls")]
        let max_age = self.sources.tls.as_ref().and_then(|tls| tls.strict_transport());
        #[cfg(not(feature = "tls"))]
        let max_age = None::<std::time::Duration>;
        HeaderValue::try_from(format!("max-age={}", max_age?.as_secs())).ok()
    }

    /// Waits until the audit log is written.
    pub(crate) async fn flush(&self) {
        self.sources.audit.flush(self.sources.limits.audit_timeout).await;
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.sources.limits
    }

    /// Returns once the server is to end.
    pub(super) async fn closes(&self) {
        // A wish that nobody can make any more is never made.
        if self.closing.clone().wait_for(|closing| *closing).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
