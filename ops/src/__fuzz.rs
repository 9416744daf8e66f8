//! Private APIs for the fuzz targets, compiled only with `--cfg fuzzing`.

use crate::health::Health;
use crate::{admin, rbac, server};
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use std::sync::Arc;

/// The parsed `Authorization` headers of a request.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the fuzz targets match all variants")]
pub enum Credentials {
    /// No credentials.
    None,
    /// User and password.
    Basic(String, String),
    /// A token.
    Bearer(String),
    /// Malformed or duplicate credentials.
    Unusable,
}

/// Parses `Authorization` headers.
///
/// Returns the result and its `Debug` output, or `None` if a value is no valid header.
pub fn credentials(values: &[&[u8]]) -> Option<(Credentials, String)> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).ok()?);
    }
    let parsed = admin::Credentials::of(&headers);
    let debug = format!("{parsed:?}");
    let parsed = match parsed {
        admin::Credentials::None => Credentials::None,
        admin::Credentials::Basic { user, password } => Credentials::Basic(user, password.to_string()),
        admin::Credentials::Bearer(token) => Credentials::Bearer(token.to_string()),
        admin::Credentials::Unusable(_) => Credentials::Unusable,
    };
    Some((parsed, debug))
}

/// Parses a policy file.
///
/// # Errors
/// The line number and the reason.
pub fn policy(text: &str) -> Result<rbac::Policy, (usize, String)> {
    rbac::parse(text).map_err(|fault| (fault.line, fault.reason))
}

/// An in-memory server.
#[derive(Debug)]
pub struct Server {
    server: server::InMemoryServer,
    health: Arc<Health>,
}

impl Server {
    /// Creates a server with `policy` and a fact in `/info`.
    pub fn new(policy: rbac::Policy, fact: &str) -> Server {
        let config = admin::ApiConfig {
            policy: Some(Arc::new(policy)),
            facts: [("fact".to_owned(), fact.to_owned())].into(),
            ..admin::ApiConfig::empty()
        };
        let (health, limits) = (config.health.clone(), config.limits.clone());
        let state = admin::AdminState::for_tests(config, admin::Exposure::Network);
        Server { server: server::InMemoryServer::new(admin::Responder::new(&state), limits), health }
    }

    /// Connects a client. Returns its end of the pipe and the server's task.
    pub fn connect(&self) -> (tokio::io::DuplexStream, tokio::task::JoinHandle<()>) {
        self.server.connect(64 * 1024)
    }

    /// Returns `true` while the server drains.
    pub fn is_draining(&self) -> bool {
        self.health.is_draining()
    }
}
