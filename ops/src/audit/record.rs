//! What a line of the audit log says.

use serde::{Serialize, Serializer};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A mutation is about to run.
    Mutation,
    /// It has ended.
    Outcome,
    /// A mutation was refused.
    Refused,
    /// Credentials were wrong.
    LoginFailed,
}

/// Kinds of credentials that authenticate a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Authentication {
    /// A password (HTTP Basic).
    Basic,
    /// A bearer token.
    Bearer,
    /// A client certificate, in the TLS handshake of the connection.
    Certificate,
}

/// Whom a record is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Actor {
    /// `null` for a caller that is not known.
    pub(crate) user: Option<String>,
    /// What was shown, right or wrong; `null` where nothing was, or it was not looked at.
    pub(crate) authentication: Option<Authentication>,
    /// Which token of the user: how its digest begins in the policy. Never of one that is wrong, as that may be a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    /// The names in the certificate that was shown, whether the policy knows one of them or not: as a policy writes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) certificate: Vec<ShownName>,
}

/// A name in a certificate, as `{"dns":"prometheus.example"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShownName {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

impl Serialize for ShownName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.kind, &self.name)])
    }
}

/// One thing that happened, before it has its place in the log. No body and no secret is in it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    pub(crate) event: Event,
    #[serde(flatten)]
    pub(crate) actor: Actor,
    /// The address that the request came from.
    pub(crate) peer: String,
    pub(crate) method: String,
    /// The path as it was sent.
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_seconds: Option<f64>,
    /// How many of its kind before it were too many to be written.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) suppressed: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
