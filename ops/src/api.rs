//! The builder of an API: what is served, to whom, and what must be there.

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

/// The environment variable that names a policy file, for a program that sets no policy itself.
const POLICY_FILE: &str = "OPS_POLICY_FILE";

/// Probes, metrics and the admin API of one program, ready to be given an address.
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

/// Collects what an [`Api`] is made of. [`build`](ApiBuilder::build) decides whether it will do.
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
    audit: Option<AuditTo>,
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

/// Where a policy comes from.
enum PolicySource {
    Program(Arc<Policy>),
    File(PathBuf),
}

/// Where the audit log goes.
enum AuditTo {
    File(PathBuf),
    Sink(Box<dyn Sink>),
}

impl Api {
    /// What is linked into the program, without a policy, until the builder is told otherwise.
    pub fn builder() -> ApiBuilder {
        ApiBuilder::default()
    }

    /// Takes `address`. The checks will run on the tokio runtime that this is called on.
    ///
    /// # Errors
    /// [`Error::Address`] and [`Error::Bind`] if the address cannot be had, [`Error::PlaintextCredentials`] if a policy
    /// would have passwords sent to it over a network, [`Error::NoRuntime`] outside of tokio, and [`Error::Start`] if the
    /// system has no thread for the server.
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

    /// Shows a fact in `/info`; one of the same key is replaced.
    ///
    /// `name` and `version` are there by default: those of [`build_info!`](crate::build_info), or the name of the executable.
    pub fn info(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.insert(key.into(), value.into());
        self
    }

    /// Asks who calls, and lets them do what the policy says.
    ///
    /// Without a policy everything is open on a loopback address, to requests that are sent to `localhost` or a literal
    /// address; only the probes answer to any name. On any other address only the public endpoints are open.
    pub fn policy(mut self, policy: impl Into<Arc<Policy>>) -> Self {
        self.policy = Some(PolicySource::Program(policy.into()));
        self
    }

    /// Takes the policy from a TOML file, and again whenever the content of the file changes; [`PolicyFile`] says how it is
    /// written. A file that is wrong is an error at the start; later the last good policy stays.
    ///
    /// A program that sets neither this nor [`policy`](ApiBuilder::policy) takes the file that the environment variable
    /// `OPS_POLICY_FILE` names, if it names one. On Unix SIGHUP has the file read again at once, and does not end the process.
    pub fn policy_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.policy = Some(PolicySource::File(path.into()));
        self
    }

    /// Lets `authorizer` decide what the users of the policy may do, in place of the grants of their roles.
    pub fn authorizer(mut self, authorizer: impl Authorizer) -> Self {
        self.authorizer = Some(Arc::new(authorizer));
        self
    }

    /// Writes the audit log to the file at `path`, appended to and for its owner only, instead of to standard error.
    ///
    /// It has what was changed, what was refused and which logins failed, in lines of JSON that
    /// [`verify`](crate::audit::verify) checks. A request that changes something is refused while the log cannot be written.
    ///
    /// On Unix the file may be rotated at any time, by renaming or removing it: the next line goes to a new one at the same path,
    /// without a signal, and carries the chain of hashes on. From the start of the server on SIGHUP does not end the process.
    /// A relative path is one in the working directory at the start.
    ///
    /// On Unix the file is locked: one that another server writes to is an error, a second later, as that may be about to end.
    pub fn audit_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.audit = Some(AuditTo::File(path.into()));
        self
    }

    /// Hands the lines of the audit log to `sink`, instead of writing them to standard error.
    pub fn audit_sink(mut self, sink: impl Sink) -> Self {
        self.audit = Some(AuditTo::Sink(Box::new(sink)));
        self
    }

    /// Responder only requests that were sent to one of these names, to `localhost` or to a literal address; the probes answer
    /// to any name.
    ///
    /// This keeps pages of other sites out that have made their name stand for this address. Without a policy, on loopback,
    /// the check is there anyway, and these are further names. A name is without a port: `ops.example`.
    pub fn hosts(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.hosts.extend(names.into_iter().map(Into::into));
        self
    }

    /// Makes it an error if one of these checks is missing, as when the crate that declares it is not linked.
    pub fn expect_checks(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected_checks.extend(names.into_iter().map(Into::into));
        self
    }

    /// Makes it an error if one of these metric families is not linked, as when nothing names the crate that declares it.
    ///
    /// A name is that of the family, as `orders_total`.
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
    ///         "the metric `refunds_total` is expected and not there: no linked item declares it; name the crate that \
    ///          declares it with `ops::link!(..)`"
    ///     ),
    /// );
    /// ```
    pub fn expect_metrics(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected_metrics.extend(names.into_iter().map(Into::into));
        self
    }

    /// Makes a group of checks, to be asked for at `/readyz/{name}`: see [`Health::group`].
    pub fn group(mut self, name: impl Into<String>, checks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.groups.entry(name.into()).or_default().extend(checks.into_iter().map(Into::into));
        self
    }

    /// Asks for the permission `metrics:read` at `/metrics`.
    pub fn protect_metrics(mut self) -> Self {
        self.metrics_are_protected = true;
        self
    }

    /// Writes a sample `_created` for each series in OpenMetrics: since when it counts, in seconds since 1970.
    ///
    /// A Prometheus that does not look for them makes a series of each. Those that read native histograms need none: protobuf
    /// has the times anyway.
    pub fn created_samples(mut self) -> Self {
        self.created_samples = true;
        self
    }

    /// Never compresses `/metrics`, whatever the scraper accepts: for where the processor is dearer than the network.
    pub fn uncompressed_metrics(mut self) -> Self {
        self.uncompressed_metrics = true;
        self
    }

    /// Sets the largest number of series of each metric family that declares no `max_series` of its own: 2,000 unless this
    /// is called.
    ///
    /// It takes effect when the API is built. What statics counted in their overflow series before stays there: see
    /// [`Metrics::set_default_max_series`].
    pub fn default_max_series(mut self, max_series: u32) -> Self {
        self.default_max_series = Some(max_series);
        self
    }

    /// Sets the cell space of the process in bytes, 1 MiB to 256 MiB: 128 MiB unless this is called.
    ///
    /// It takes effect when the API is built: see [`set_cell_space`](crate::metric::set_cell_space).
    pub fn cell_space(mut self, bytes: u64) -> Self {
        self.cell_space = Some(bytes);
        self
    }

    /// Sets the buckets of the durations of functions and spans that declare none, in seconds: [`Buckets::SECONDS`] unless
    /// this is called.
    ///
    /// It takes effect when the API is built. A function that was called before keeps its buckets: see
    /// [`Metrics::set_default_duration_buckets`].
    pub fn default_duration_buckets(mut self, buckets: Buckets) -> Self {
        self.default_duration_buckets = Some(buckets);
        self
    }

    /// Accepts passwords on addresses that other machines reach, where this server does not encrypt them: for a server
    /// behind a proxy that does. One that speaks TLS itself does not need it.
    pub fn allow_plaintext_credentials(mut self) -> Self {
        self.plaintext_credentials = true;
        self
    }

    /// Speaks TLS, on whatever address it is: with this certificate, and asking clients for theirs if it says so.
    ///
    /// What is encrypted so may carry passwords on any address. Plain HTTP is then answered by one line that says that this is
    /// TLS.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sets what the server may use, and how long anything may take.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Puts it together.
    ///
    /// # Errors
    /// [`Error::Config`] with every error of the configuration.
    pub fn build(self) -> Result<Api, Error> {
        if let Some(bytes) = self.cell_space {
            // First, as a static label set that it has no room for is an error.
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
        let named = || std::env::var_os(POLICY_FILE).filter(|path| !path.is_empty());
        let (policy, policy_file) = match self.policy.or_else(|| Some(PolicySource::File(named()?.into()))) {
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
            Some(AuditTo::Sink(sink)) => (None, AuditLog::new(sink)),
            Some(AuditTo::File(path)) => (Some(path.clone()), AuditLog::file(&path)),
        };
        let audit = audit.map_err(|source| errors.push(ConfigError::Audit { path, source })).ok();
        let known = health.names();
        let missing = self.expected_checks.into_iter().filter(|name| !known.contains(name));
        errors.extend(missing.map(|name| ConfigError::MissingCheck { name, known: known.clone() }));
        let missing = self.expected_metrics.into_iter().filter(|name| metrics.linked().family(name).is_none());
        errors.extend(missing.map(|name| ConfigError::MissingMetric { name }));
        let reserved = self.facts.keys().filter(|key| INFO_SECTIONS.contains(&key.as_str()));
        errors.extend(reserved.map(|key| ConfigError::ReservedFact { key: key.clone() }));
        let illegal = self.hosts.iter().filter(|name| !is_host_name(name));
        errors.extend(illegal.map(|name| ConfigError::InvalidHost { name: name.clone() }));
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
