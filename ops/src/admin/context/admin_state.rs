//! The state that all handlers of a server share.

use crate::admin::auth::{AccessControl, Exposure};
use crate::admin::http::BufferPool;
use crate::admin::limits::{Bulkhead, ScrapeLimiter};
use crate::admin::reload::ReloadMetrics;
#[cfg(feature = "tls")]
use crate::admin::reload::tls_files::CertificateExpiry;
use crate::admin::{ApiConfig, Limits};
use crate::health::HealthMetrics;
use crate::log::LogMetrics;
use crate::registry::Registration;
use axum::http::HeaderValue;
use serde_json::value::RawValue;
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

/// The shared state of the handlers of one server.
pub(crate) struct AdminState {
    pub(crate) config: ApiConfig,
    /// Runtime of the application, on which checks and the authorizer run.
    pub(crate) application: Handle,
    pub(crate) started: Instant,
    /// Limits, serialized for `/info`.
    pub(crate) limits_json: Box<RawValue>,
    pub(crate) access_control: AccessControl,
    pub(crate) scrape_limiter: Arc<ScrapeLimiter>,
    /// Response buffers of scrapes.
    pub(crate) buffers: Arc<BufferPool>,
    /// Bulkhead of requests that read the catalog.
    pub(crate) catalog_calls: Bulkhead,
    /// Bulkhead of introspector and cluster calls.
    pub(crate) info_calls: Bulkhead,
    /// Permits of event streams.
    pub(crate) event_streams: Arc<Semaphore>,
    /// `true` once the server shuts down, which ends the event streams.
    shutdown: watch::Receiver<bool>,
}

impl AdminState {
    /// Creates the state of a server whose application runs on the runtime `application`.
    ///
    /// # Errors
    /// If the system provides no randomness.
    pub(crate) fn new(
        config: ApiConfig,
        exposure: Exposure,
        application: Handle,
        shutdown: watch::Receiver<bool>,
    ) -> io::Result<AdminState> {
        let limits = &config.limits;
        Ok(AdminState {
            scrape_limiter: ScrapeLimiter::new(limits),
            buffers: Arc::default(),
            catalog_calls: Bulkhead::new(1, 4),
            access_control: AccessControl::new(&config, exposure, &application)?,
            // A request of `/info` makes two calls; the queue also holds those of a few concurrent requests.
            info_calls: Bulkhead::new(limits.max_concurrent_info_calls, 4 * limits.max_concurrent_info_calls.min(64)),
            event_streams: Arc::new(Semaphore::new(limits.max_event_streams.min(Semaphore::MAX_PERMITS))),
            shutdown,
            started: Instant::now(),
            limits_json: limits.to_json()?,
            application,
            config,
        })
    }

    /// Registers the metrics of this server until the registrations are dropped.
    ///
    /// They replace the metrics of an earlier server, but not metrics of the program with the same names.
    pub(crate) fn register_metrics(&self) -> Vec<Registration> {
        let metrics = &self.config.metrics;
        let mut registrations = Vec::new();
        #[cfg(feature = "tokio")]
        registrations.push(metrics.register_scoped(
            "tokio",
            "",
            None,
            crate::runtime::TokioMetrics::new(&self.application),
        ));
        registrations.push(metrics.register_scoped("ops_log_events", "", None, LogMetrics));
        registrations.push(metrics.register_scoped("ops_health", "", None, HealthMetrics::new(&self.config.health)));
        if let Some(file) = &self.config.policy_file {
            registrations.push(metrics.register_scoped("ops_policy", "", None, ReloadMetrics(file.clone())));
        }
        #[cfg(feature = "tls")]
        if let Some(files) = &self.config.tls {
            registrations.push(metrics.register_scoped("ops_tls", "", None, ReloadMetrics(files.clone())));
            let expiry = CertificateExpiry(files.clone());
            registrations.push(metrics.register_scoped("ops_tls_certificate_expiry", "", None, expiry));
        }
        if let Some(errors) = self.access_control.authorizer_metrics() {
            registrations.push(metrics.register_scoped("ops_authorizer_errors", "", None, errors));
        }
        registrations.into_iter().flatten().collect()
    }

    /// Creates the state of a server that is never shut down, with the current runtime.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn for_tests(config: ApiConfig, exposure: Exposure) -> Arc<AdminState> {
        Arc::new(AdminState::new(config, exposure, Handle::current(), watch::channel(false).1).expect("randomness"))
    }

    /// Returns the TLS files of the server, if TLS is enabled.
    #[cfg(feature = "tls")]
    pub(crate) fn tls(&self) -> Option<Arc<crate::tls::TlsFiles>> {
        self.config.tls.clone()
    }

    /// Returns the value of `Strict-Transport-Security`, if configured.
    pub(crate) fn strict_transport(&self) -> Option<HeaderValue> {
        #[cfg(feature = "tls")]
        let max_age = self.config.tls.as_ref().and_then(|tls| tls.strict_transport());
        #[cfg(not(feature = "tls"))]
        let max_age = None::<std::time::Duration>;
        HeaderValue::try_from(format!("max-age={}", max_age?.as_secs())).ok()
    }

    /// Waits until all audit records are written, at most for the audit timeout.
    pub(crate) async fn flush_audit_log(&self) {
        self.config.audit.flush(self.config.limits.audit_timeout).await;
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// Waits until the server shuts down.
    pub(crate) async fn wait_for_shutdown(&self) {
        // Once the sender is dropped, shutdown is never triggered.
        if self.shutdown.clone().wait_for(|triggered| *triggered).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
