//! The builder of an admin API: health checks, metrics, access control, limits and TLS.

use crate::admin::{ApiConfig, INFO_SECTIONS, Introspector, Limits, is_host_name};
use crate::audit::{AuditLog, Sink, Stderr};
use crate::cluster::Cluster;
use crate::health::{Health, HealthError};
use crate::metric::{Buckets, set_cell_space};
use crate::program;
use crate::rbac::{Authorizer, Policy, PolicyFile};
use crate::registry::Metrics;
use crate::server::{self, Address, ConfigError, Error, Server};
#[cfg(feature = "tls")]
use crate::tls::{Tls, TlsFiles};
use ops_core::linked;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Environment variable with the path of the policy file, used if the program sets no policy.
const POLICY_FILE_VARIABLE: &str = "OPS_POLICY_FILE";

/// The probes, metrics and admin API of a program, ready to be bound to an address.
///
/// ```standalone_crate
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ops::Error> {
/// let api = ops::Api::builder().info("version", "1.2.3").build()?;
/// let running = api.bind("127.0.0.1:0").await?.spawn();
/// assert!(running.local_addr().is_some_and(|address| address.ip().is_loopback()));
/// running.shutdown().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Api {
    config: ApiConfig,
    plaintext_credentials: bool,
}

/// A builder of an [`Api`]. The configuration is validated by [`build`](ApiBuilder::build).
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct ApiBuilder {
    health: Option<Arc<Health>>,
    metrics: Option<Arc<Metrics>>,
    introspector: Option<Arc<dyn Introspector>>,
    cluster: Option<Arc<dyn Cluster>>,
    facts: BTreeMap<String, String>,
    policy: Option<PolicySource>,
    authorizer: Option<Arc<dyn Authorizer>>,
    audit: Option<AuditDestination>,
    hosts: BTreeSet<String>,
    expected_checks: BTreeSet<String>,
    expected_metrics: BTreeSet<String>,
    groups: BTreeMap<String, BTreeSet<String>>,
    metrics_are_protected: bool,
    created_samples: bool,
    uncompressed_metrics: bool,
    default_max_series: Option<u32>,
    cell_space: Option<u64>,
    default_duration_buckets: Option<Buckets>,
    plaintext_credentials: bool,
    limits: Limits,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

/// The source of the policy.
enum PolicySource {
    Program(Arc<Policy>),
    File(PathBuf),
}

/// The destination of the audit log.
enum AuditDestination {
    File(PathBuf),
    Sink(Box<dyn Sink>),
}

impl Api {
    /// Creates a builder that serves the linked checks and metrics, without a policy.
    pub fn builder() -> ApiBuilder {
        ApiBuilder::default()
    }

    /// Binds a server to `address`. Health checks run on the current tokio runtime.
    ///
    /// # Errors
    /// [`Error::Address`] and [`Error::Bind`] if the address is invalid or cannot be bound, [`Error::PlaintextCredentials`] if
    /// clients would send passwords over the network unencrypted, [`Error::NoRuntime`] outside of a tokio runtime, and
    /// [`Error::Start`] if the server thread cannot be started.
    pub async fn bind(self, address: impl Into<Address>) -> Result<Server, Error> {
        server::bind(address.into(), self.config, self.plaintext_credentials).await
    }
}

impl ApiBuilder {
    /// Serves these checks instead of the linked ones.
    pub fn health(mut self, health: impl Into<Arc<Health>>) -> Self {
        self.health = Some(health.into());
        self
    }

    /// Serves these metrics instead of the linked ones.
    pub fn metrics(mut self, metrics: impl Into<Arc<Metrics>>) -> Self {
        self.metrics = Some(metrics.into());
        self
    }

    /// Shows the components of the program in `/info`.
    pub fn introspector(mut self, introspector: impl Introspector) -> Self {
        self.introspector = Some(Arc::new(introspector));
        self
    }

    /// Shows the members of the cluster in `/info`.
    pub fn cluster(mut self, cluster: impl Cluster) -> Self {
        self.cluster = Some(Arc::new(cluster));
        self
    }

    /// Adds a fact to `/info`, replacing an earlier one with the same key.
    ///
    /// `name` and `version` default to those of [`build_info!`](crate::build_info), or else `name` to that of the executable.
    pub fn info(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.insert(key.into(), value.into());
        self
    }

    /// Enables authentication and authorization with this policy.
    ///
    /// Without a policy, everything is open on a loopback address or Unix socket, and any other address serves the public
    /// endpoints only. To prevent DNS rebinding, requests other than probes must then be sent to `localhost` or a literal
    /// IP address.
    pub fn policy(mut self, policy: impl Into<Arc<Policy>>) -> Self {
        self.policy = Some(PolicySource::Program(policy.into()));
        self
    }

    /// Loads the policy from a TOML file, and reloads it whenever the file changes.
    ///
    /// See [`PolicyFile`] for the format. An invalid file is an error at startup; later, the last good policy stays active.
    ///
    /// If neither this nor [`policy`](ApiBuilder::policy) is called, the policy is loaded from the file that the environment
    /// variable `OPS_POLICY_FILE` names, if set. On Unix, SIGHUP reloads the file at once and does not terminate the process.
    pub fn policy_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.policy = Some(PolicySource::File(path.into()));
        self
    }

    /// Authorizes the users of the policy with `authorizer` instead of the grants of their roles.
    pub fn authorizer(mut self, authorizer: impl Authorizer) -> Self {
        self.authorizer = Some(Arc::new(authorizer));
        self
    }

    /// Appends the audit log to the file at `path` instead of writing it to standard error.
    ///
    /// It records mutations, denied mutations and failed logins as JSON lines, which [`verify`](crate::audit::verify) checks.
    /// Mutations are denied while the log cannot be written. Records are not synced to the disk (`fsync`): the last ones may be lost
    /// if the machine crashes, not if the process does. The file is created with mode `0600`. A relative path is resolved against the
    /// working directory at startup.
    ///
    /// On Unix, the file may be rotated at any time by renaming or removing it: the next record goes to a new file at the same
    /// path and continues the hash chain; no signal is needed. Once the server runs, SIGHUP does not terminate the process.
    ///
    /// On Unix, the file is locked. [`build`](ApiBuilder::build) fails if another server still holds the lock after a second.
    pub fn audit_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.audit = Some(AuditDestination::File(path.into()));
        self
    }

    /// Writes the audit log to `sink` instead of standard error.
    pub fn audit_sink(mut self, sink: impl Sink) -> Self {
        self.audit = Some(AuditDestination::Sink(Box::new(sink)));
        self
    }

    /// Serves only requests whose `Host` is one of these names, `localhost` or a literal IP address.
    ///
    /// This prevents DNS rebinding, in which a malicious web page makes its own host name resolve to the address of this server.
    /// Probes are exempt. Without a policy the check is always active on loopback, and these names are accepted in addition.
    /// Names are written without a port: `ops.example`.
    pub fn hosts(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.hosts.extend(names.into_iter().map(Into::into));
        self
    }

    /// Requires these checks: if one is missing, [`build`](ApiBuilder::build) fails.
    ///
    /// A check is missing if, for example, the crate that declares it is not linked.
    pub fn expect_checks(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected_checks.extend(names.into_iter().map(Into::into));
        self
    }

    /// Requires these metric families: if one is not linked, [`build`](ApiBuilder::build) fails.
    ///
    /// A family is missing if, for example, the crate that declares it is not linked. Names are full family names, such as
    /// `orders_total`.
    ///
    /// ```standalone_crate
    /// /// Orders accepted.
    /// #[ops::metric]
    /// static ORDERS: ops::Counter;
    ///
    /// assert!(ops::Api::builder().expect_metrics(["orders_total"]).build().is_ok());
    /// assert_eq!(
    ///     ops::Api::builder().expect_metrics(["refunds_total"]).build().err().map(|error| error.to_string()).as_deref(),
    ///     Some(
    ///         "metric `refunds_total` is expected but not registered: no linked crate declares it; name the crate that \
    ///          declares it with `ops::link!(..)`"
    ///     ),
    /// );
    /// ```
    pub fn expect_metrics(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected_metrics.extend(names.into_iter().map(Into::into));
        self
    }

    /// Defines a group of checks, served at `/readyz/{name}`; see [`Health::group`].
    pub fn group(mut self, name: impl Into<String>, checks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.groups.entry(name.into()).or_default().extend(checks.into_iter().map(Into::into));
        self
    }

    /// Requires the permission `metrics:read` for `/metrics`.
    pub fn protect_metrics(mut self) -> Self {
        self.metrics_are_protected = true;
        self
    }

    /// Writes a `_created` sample for each series in OpenMetrics: its creation time in Unix seconds.
    ///
    /// A Prometheus server that does not evaluate them ingests each as a separate series. Servers that ingest native histograms
    /// do not need them: protobuf always contains the creation times.
    pub fn created_samples(mut self) -> Self {
        self.created_samples = true;
        self
    }

    /// Disables compression of `/metrics`, for systems where CPU time is scarcer than bandwidth.
    pub fn uncompressed_metrics(mut self) -> Self {
        self.uncompressed_metrics = true;
        self
    }

    /// Sets the series limit of metric families that declare no `max_series`. Default: 2,000.
    ///
    /// Takes effect in [`build`](ApiBuilder::build). Values already counted in an overflow series stay there; see
    /// [`Metrics::set_default_max_series`].
    pub fn default_max_series(mut self, max_series: u32) -> Self {
        self.default_max_series = Some(max_series);
        self
    }

    /// Sets the cell space of the process in bytes. Default: 128 MiB.
    ///
    /// The value is clamped to 1 MiB to 256 MiB. Takes effect in [`build`](ApiBuilder::build); see [`set_cell_space`].
    pub fn cell_space(mut self, bytes: u64) -> Self {
        self.cell_space = Some(bytes);
        self
    }

    /// Sets the default duration buckets of functions and spans. Default: [`Buckets::SECONDS`].
    ///
    /// The bounds are in seconds. Takes effect in [`build`](ApiBuilder::build); functions that were called before keep their
    /// buckets. See [`Metrics::set_default_duration_buckets`].
    pub fn default_duration_buckets(mut self, buckets: Buckets) -> Self {
        self.default_duration_buckets = Some(buckets);
        self
    }

    /// Accepts passwords over unencrypted connections on non-loopback addresses.
    ///
    /// Use this for a server behind a TLS-terminating proxy. It is not needed with [`tls`](ApiBuilder::tls).
    pub fn allow_plaintext_credentials(mut self) -> Self {
        self.plaintext_credentials = true;
        self
    }

    /// Serves HTTPS with these TLS settings, which may also enable client certificates.
    ///
    /// Passwords are then accepted on any address. Plain HTTP requests are answered with a one-line error.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sets the resource limits and timeouts of the server.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Builds the [`Api`].
    ///
    /// # Errors
    /// [`Error::Config`], which lists all errors of the configuration.
    pub fn build(self) -> Result<Api, Error> {
        if let Some(bytes) = self.cell_space {
            // Before the metrics are collected: a static label set that does not fit into the cell space is an error.
            set_cell_space(bytes);
        }
        let mut errors = Vec::new();
        if self.health.is_none() || self.metrics.is_none() {
            errors.extend(linked::linkage_errors().into_iter().map(ConfigError::Linkage));
        }
        let health = self.health.unwrap_or_else(|| {
            errors.extend(linked::check_conflicts().iter().cloned().map(HealthError::from).map(ConfigError::Health));
            program::health().clone()
        });
        let metrics = self.metrics.unwrap_or_else(|| {
            errors.extend(linked::metric_conflicts().cloned().map(ConfigError::Metrics));
            Arc::new(linked::metrics().clone())
        });
        for (name, checks) in self.groups {
            health.group(name, checks);
        }
        errors.extend(health.group_errors().into_iter().map(ConfigError::Health));
        let from_env = || std::env::var_os(POLICY_FILE_VARIABLE).filter(|path| !path.is_empty());
        let (policy, policy_file) = match self.policy.or_else(|| Some(PolicySource::File(from_env()?.into()))) {
            None => (None, None),
            Some(PolicySource::Program(policy)) => (Some(policy), None),
            Some(PolicySource::File(path)) => match PolicyFile::open(path) {
                Ok(file) => (Some(file.policy().clone()), Some(Arc::new(file))),
                Err(error) => {
                    errors.push(ConfigError::Policy(error));
                    (None, None)
                }
            },
        };
        if self.authorizer.is_some() && policy.is_none() {
            errors.push(ConfigError::AuthorizerWithoutPolicy);
        }
        #[cfg(feature = "tls")]
        if policy.is_none() && self.tls.as_ref().is_some_and(Tls::are_certificates_optional) {
            errors.push(ConfigError::ClientCertificatesWithoutPolicy);
        }
        #[cfg(feature = "tls")]
        let tls = self.tls.as_ref().map(TlsFiles::open).transpose();
        #[cfg(feature = "tls")]
        let tls = tls.map(|files| files.map(Arc::new)).unwrap_or_else(|error| {
            errors.push(ConfigError::Tls(error));
            None
        });
        let (path, audit) = match self.audit {
            None => (None, AuditLog::new(Box::new(Stderr))),
            Some(AuditDestination::Sink(sink)) => (None, AuditLog::new(sink)),
            Some(AuditDestination::File(path)) => (Some(path.clone()), AuditLog::file(&path)),
        };
        let audit = audit.map_err(|source| errors.push(ConfigError::Audit { path, source })).ok();
        let known = health.names();
        let missing = self.expected_checks.into_iter().filter(|name| !known.contains(name));
        errors.extend(missing.map(|name| ConfigError::MissingCheck { name, known: known.clone() }));
        let missing = self.expected_metrics.into_iter().filter(|name| metrics.linked().family(name).is_none());
        errors.extend(missing.map(|name| ConfigError::MissingMetric { name }));
        let reserved = self.facts.keys().filter(|key| INFO_SECTIONS.contains(&key.as_str()));
        errors.extend(reserved.map(|key| ConfigError::ReservedFact { key: key.clone() }));
        let invalid = self.hosts.iter().filter(|name| !is_host_name(name));
        errors.extend(invalid.map(|name| ConfigError::InvalidHost { name: name.clone() }));
        let mut facts = self.facts;
        for (key, value) in program::build_facts() {
            facts.entry(key.to_owned()).or_insert(value);
        }
        let Some(audit) = audit.filter(|_| errors.is_empty()) else { return Err(Error::Config { errors }) };
        if let Some(max_series) = self.default_max_series {
            metrics.set_default_max_series(max_series);
        }
        if let Some(buckets) = self.default_duration_buckets {
            metrics.set_default_duration_buckets(buckets);
        }
        let config = ApiConfig {
            health,
            metrics,
            catalog: linked::catalog(),
            introspector: self.introspector,
            cluster: self.cluster,
            facts,
            policy,
            policy_file,
            authorizer: self.authorizer,
            audit: Arc::new(audit),
            hosts: self.hosts,
            #[cfg(feature = "tls")]
            tls,
            metrics_are_protected: self.metrics_are_protected,
            created_samples: self.created_samples,
            uncompressed_metrics: self.uncompressed_metrics,
            limits: self.limits,
        };
        Ok(Api { config, plaintext_credentials: self.plaintext_credentials })
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("limits", &self.config.limits).finish_non_exhaustive()
    }
}

impl fmt::Debug for ApiBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiBuilder").field("limits", &self.limits).finish_non_exhaustive()
    }
}
