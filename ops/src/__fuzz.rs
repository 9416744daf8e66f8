//! What the fuzz targets call of what nobody else may: compiled for them alone, with `--cfg fuzzing`.

use crate::health::Health;
use crate::{admin, rbac, server};
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use std::sync::Arc;

/// What the `Authorization` headers of a request say.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a target names them all")]
pub enum Credentials {
    /// Nothing: there are none.
    None,
    /// A user and a password.
    Basic(String, String),
    /// A token.
    Bearer(String),
    /// Nothing that can be used.
    Unusable,
}

/// Reads the headers of these values, and what `Debug` shows of it; `None` if a value can be none of a header.
pub fn credentials(values: &[&[u8]]) -> Option<(Credentials, String)> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).ok()?);
    }
    let read = admin::Credentials::of(&headers);
    let shown = format!("{read:?}");
    let read = match read {
        admin::Credentials::None => Credentials::None,
        admin::Credentials::Basic { user, password } => Credentials::Basic(user, password.to_string()),
        admin::Credentials::Bearer(token) => Credentials::Bearer(token.to_string()),
        admin::Credentials::Unusable(_) => Credentials::Unusable,
    };
    Some((read, shown))
}

/// Reads a policy file.
///
/// # Errors
/// The line and what is wrong there.
pub fn policy(text: &str) -> Result<rbac::Policy, (usize, String)> {
    rbac::parse(text).map_err(|fault| (fault.line, fault.reason))
}

/// A server without a network.
#[derive(Debug)]
pub struct Server {
    server: server::InMemoryServer,
    health: Arc<Health>,
}

impl Server {
    /// A server with `policy`, whose `/info` has `fact`.
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

    /// A connection: the client's end of a pipe, and the task of the server.
    pub fn connect(&self) -> (tokio::io::DuplexStream, tokio::task::JoinHandle<()>) {
        self.server.connect(64 * 1024)
    }

    /// Whether somebody has turned readiness off.
    pub fn is_draining(&self) -> bool {
        self.health.is_draining()
    }
}
