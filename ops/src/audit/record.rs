//! Audit records.

use serde::{Serialize, Serializer};

/// The kind of an audit record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A mutation is about to run.
    Mutation,
    /// A mutation has run.
    Outcome,
    /// A mutation was refused.
    Refused,
    /// Authentication failed.
    LoginFailed,
}

/// The kind of credentials that authenticated a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Authentication {
    /// A password (HTTP Basic).
    Basic,
    /// A bearer token.
    Bearer,
    /// A TLS client certificate.
    Certificate,
}

/// The caller whose request a record describes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Actor {
    /// User name; `null` if unknown.
    pub(crate) user: Option<String>,
    /// Kind of the credentials, valid or not; `null` without credentials or if they were not read.
    pub(crate) authentication: Option<Authentication>,
    /// First digits of the digest of a valid token.
    ///
    /// Never set for an invalid token, which may be a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    /// Names in the client certificate, assigned by the policy or not, as written in a policy file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) certificate: Vec<CertificateName>,
}

/// A name in a certificate, serialized as `{"dns":"prometheus.example"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateName {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

impl Serialize for CertificateName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.kind, &self.name)])
    }
}

/// An audit record, before it is added to the chain. Contains neither request bodies nor secrets.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    pub(crate) event: Event,
    #[serde(flatten)]
    pub(crate) actor: Actor,
    /// IP address of the client, or `local` on a Unix socket.
    pub(crate) peer: String,
    pub(crate) method: String,
    /// Request path as sent, without the query.
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_seconds: Option<f64>,
    /// Number of records that the rate limit suppressed since the previous record.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) suppressed: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "`skip_serializing_if` passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
