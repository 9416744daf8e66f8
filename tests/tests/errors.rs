//! Form of the messages and sources of every public error type.

use ops::audit::VerifyError;
use ops::descriptor::{Location, MetricDescriptor};
use ops::error::ErrorChain;
use ops::health::{CheckError, HealthError, MissingResource, Resources};
use ops::linkage::LinkageError;
use ops::net::{AddressError, HostPort, UrlError};
use ops::pem::PemError;
use ops::rbac::{CertificateName, PolicyError, PolicyFileError};
use ops::registry::{LinkedMetrics, MetricEntry, MetricError, RegistryError};
use ops::server::ConfigError;
use ops::tls::TlsError;
use ops::{Buckets, Counter, Error, Gauge, Metrics, StateSet};
use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::io;
use std::path::Path;

/// The message of the source of every error that has one.
const CAUSE: &str = "Permission denied (os error 13)";

/// Values of one error type, and its name.
struct Errors {
    type_name: &'static str,
    errors: Vec<Box<dyn StdError>>,
}

fn all<E: StdError + 'static>(errors: impl IntoIterator<Item = E>) -> Errors {
    let type_name = std::any::type_name::<E>().rsplit("::").next().unwrap();
    Errors { type_name, errors: errors.into_iter().map(|error| Box::new(error) as _).collect() }
}

fn cause() -> io::Error {
    io::Error::from_raw_os_error(13)
}

fn metric_errors() -> [MetricError; 6] {
    let metrics = Metrics::new();
    metrics.counter("orders_total");
    metrics.histogram_with_buckets("size", Buckets::BYTES);
    let limited = Counter::<()>::with_options(ops::metric::InstrumentOptions::new().max_series(1));
    [
        metrics.try_counter("no name").unwrap_err(),
        metrics.try_gauge("orders_total").unwrap_err(),
        metrics.try_histogram_with_buckets("size", Buckets::SECONDS).unwrap_err(),
        metrics.try_gauge("size_count").unwrap_err(),
        metrics.register("shop:mode", "", None, StateSet::<bool>::new()).unwrap_err(),
        metrics.register("limited", "", None, limited).unwrap_err(),
    ]
}

fn registry_error() -> RegistryError {
    const fn entry(line: u32, instrument: &'static dyn ops::metric::Instrument) -> MetricEntry {
        MetricEntry::new(MetricDescriptor::new("queue_total", "", None, place(line)), instrument)
    }
    static COUNTER: Counter = Counter::new();
    static GAUGE: Gauge = Gauge::new();
    static ENTRIES: [MetricEntry; 2] = [entry(1, &COUNTER), entry(2, &GAUGE)];
    LinkedMetrics::new(&ENTRIES, &[], &[]).unwrap_err()
}

const fn place(line: u32) -> Location {
    Location::new("app.rs", line, "app", "app")
}

fn linkage_errors() -> [LinkageError; 3] {
    let other_image = |registry: Option<&str>| LinkageError::OtherImage {
        path: "/usr/bin/shop".into(),
        registry: registry.map(Into::into),
        missing: 3,
    };
    [LinkageError::ArchiveMembers, other_image(Some("/usr/lib/libshop.so")), other_image(None)]
}

fn policy_errors() -> [PolicyError; 12] {
    let (user, name) = (|| "alice".to_owned(), || "a:b".to_owned());
    [
        PolicyError::NoSuchUser { user: user() },
        PolicyError::NoSuchRole { role: "viewer".to_owned() },
        PolicyError::InvalidGrant { text: name() },
        PolicyError::InvalidName { name: name() },
        PolicyError::PasswordLength { bytes: 0 },
        PolicyError::Cost { parameter: "number of passes", value: 0, least: 1, most: 10 },
        PolicyError::InvalidHash { reason: "not argon2id" },
        PolicyError::InvalidDigest,
        PolicyError::CertificateTaken { name: CertificateName::dns("grafana.example").unwrap(), user: user() },
        PolicyError::TokenTaken { user: user() },
        PolicyError::Randomness { reason: CAUSE.to_owned() },
        PolicyError::Hashing { reason: "out of memory".to_owned() },
    ]
}

fn config_errors() -> [ConfigError; 12] {
    let name = || "db".to_owned();
    [
        ConfigError::Health(HealthError::GroupName { group: name() }),
        ConfigError::Metrics(registry_error()),
        ConfigError::MissingCheck { name: name(), known: Vec::new() },
        ConfigError::Policy(PolicyFileError::Read { path: "policy.toml".into(), source: cause() }),
        ConfigError::Tls(TlsError::Read { path: "tls.crt".into(), source: cause() }),
        ConfigError::ClientCertificatesWithoutPolicy,
        ConfigError::Audit { path: Some("audit.log".into()), source: cause() },
        ConfigError::AuthorizerWithoutPolicy,
        ConfigError::ReservedFact { key: "policy".to_owned() },
        ConfigError::InvalidHost { name: "http://ops".to_owned() },
        ConfigError::MissingMetric { name: "orders_total".to_owned() },
        ConfigError::Linkage(LinkageError::ArchiveMembers),
    ]
}

fn server_errors() -> [Error; 10] {
    let address = "192.0.2.1:80";
    [
        Error::Config { errors: config_errors().into() },
        Error::Address { address: "nonsense".to_owned(), reason: "no port".to_owned() },
        Error::Bind { address: address.parse().unwrap(), source: cause() },
        Error::Socket { path: "ops.sock".into(), reason: "socket in use by another process".to_owned() },
        Error::PlaintextCredentials { address: address.into() },
        Error::NoRuntime,
        Error::Start { source: cause() },
        Error::Signals { source: cause() },
        Error::Abandoned,
        Error::Ended,
    ]
}

fn public_errors() -> Vec<Errors> {
    let name = || "db".to_owned();
    let check_errors = [
        CheckError::InvalidName { name: "no name".to_owned() },
        CheckError::Duplicate { name: name(), first: Some(Box::new(place(1))), second: None },
    ];
    vec![
        all::<MetricError>(metric_errors()),
        all::<RegistryError>([registry_error()]),
        all::<LinkageError>(linkage_errors()),
        all::<MissingResource>([Resources::new().find::<u8>().err().unwrap()]),
        all::<HealthError>(check_errors.clone().map(HealthError::from).into_iter().chain([
            HealthError::GroupName { group: name() },
            HealthError::GroupMember { group: "storage".to_owned(), check: name() },
        ])),
        all::<CheckError>(check_errors),
        all::<PolicyError>(policy_errors()),
        all::<PolicyFileError>([
            PolicyFileError::Read { path: "policy.toml".into(), source: cause() },
            PolicyFileError::Refused { path: "policy.toml".into(), reason: "not UTF-8" },
            PolicyFileError::Text { path: "policy.toml".into(), line: 2, reason: "unknown field `a`".to_owned() },
        ]),
        all::<TlsError>([
            TlsError::NoCryptoProvider,
            TlsError::UnusableCryptoProvider { reason: "no usable cipher suites configured".to_owned() },
            TlsError::Read { path: "tls.key".into(), source: cause() },
            TlsError::Refused { path: "tls.key".into(), reason: "not a regular file".to_owned() },
        ]),
        all::<AddressError>("localhost:94640".parse::<HostPort>().err()),
        all::<PemError>([ops::pem::certificates(b"").unwrap_err(), ops::pem::private_key(b"").unwrap_err()]),
        all::<VerifyError>([VerifyError::Read(cause()), VerifyError::Line { line: 2, reason: "not UTF-8" }]),
        all::<UrlError>(ops::checks::http("ftp://localhost").err()),
        all::<ConfigError>(config_errors()),
        all::<Error>(server_errors()),
    ]
}

/// Collects the names of public types in the sources that implement `std::error::Error`.
fn error_types(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            error_types(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let before_tests = text.split("#[cfg(test)]").next().unwrap();
            let implementations = before_tests.lines().filter(|line| line.starts_with("impl"));
            let named = implementations.filter_map(|line| line.split_once("Error for ")?.1.split([' ', '<']).next());
            let is_public =
                |name: &&str| ["struct", "enum"].iter().any(|kind| text.contains(&format!("pub {kind} {name}")));
            names.extend(named.filter(is_public).map(str::to_owned));
        }
    }
}

#[test]
fn every_public_error_type_is_listed() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut names = BTreeSet::new();
    error_types(&workspace.join("ops/src"), &mut names);
    error_types(&workspace.join("ops-core/src"), &mut names);
    let listed: BTreeSet<_> = public_errors().iter().map(|errors| errors.type_name.to_owned()).collect();
    assert_eq!(names, listed);
}

#[test]
fn messages_are_lower_case_phrases_without_a_full_stop() {
    for Errors { type_name, errors } in public_errors() {
        for error in errors {
            for line in error.to_string().lines() {
                let first = line.chars().find(|c| *c != '`').unwrap();
                assert!(!first.is_uppercase(), "{type_name}: {line}");
                assert!(!line.ends_with(['.', '!', ':', ' ']), "{type_name}: {line}");
            }
        }
    }
}

#[test]
fn debug_differs_from_display() {
    for Errors { type_name, errors } in public_errors() {
        for error in errors {
            assert_ne!(format!("{error:?}"), error.to_string(), "{type_name}");
        }
    }
}

#[test]
fn sources_appear_once_in_the_error_chain() {
    let mut with_source = Vec::new();
    for Errors { type_name, errors } in public_errors() {
        for error in errors {
            let Some(source) = error.source() else { continue };
            assert_eq!(source.to_string(), CAUSE);
            assert!(!error.to_string().contains(CAUSE), "{type_name}: {error}");
            assert_eq!(ErrorChain(&*error).to_string().matches(CAUSE).count(), 1, "{type_name}: {error}");
            with_source.push(type_name);
        }
    }
    assert_eq!(
        with_source,
        [
            "PolicyFileError",
            "TlsError",
            "VerifyError",
            "ConfigError",
            "ConfigError",
            "ConfigError",
            "Error",
            "Error",
            "Error"
        ]
    );
}

#[test]
fn main_error_prints_messages_with_their_sources() {
    let errors = vec![config_errors().into_iter().nth(3).unwrap(), ConfigError::AuthorizerWithoutPolicy];
    let printed = format!("Error: {:?}", ops::MainError::from(Error::Config { errors }));
    assert_eq!(
        printed,
        format!(
            "Error: cannot read policy file `policy.toml`: {CAUSE}\nan authorizer is set without a policy: the policy \
             defines the users; set one with `Api::builder().policy(..)`"
        )
    );
}
