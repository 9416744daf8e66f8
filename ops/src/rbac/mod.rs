//! Role-based access control: permissions, roles, users and their credentials.
//!
//! A program can change its [`Policy`] at any time; the change applies to the next request. A [`PolicyFile`] holds a policy that
//! is reloaded when the file changes.

mod authorizer;
mod certificate;
mod credentials;
mod digits;
mod distinguished_name;
mod error;
mod file;
mod lengths;
mod password;
mod permission;
mod policy;
mod policy_file;
mod snapshot;
mod standard;
mod tables;
mod token;

#[doc(inline)]
pub use crate::audit::Authentication;
pub use authorizer::{AuthorizationRequest, Authorizer, AuthorizerError, Decision, DecisionFuture, Principal};
pub use certificate::CertificateName;
pub use credentials::Credentials;
pub use error::PolicyError;
pub use lengths::{MAX_PASSWORD, MAX_TOKEN, MAX_USER_NAME};
pub use password::{Cost, hash_password};
pub use permission::{Grant, is_grant, is_permission};
pub use policy::Policy;
pub use policy_file::{PolicyFile, PolicyFileError};
pub use token::{Token, TokenDigest};

pub(crate) use certificate::ClientCertificate;
pub(crate) use credentials::{check_password, check_token, check_user_name};
#[cfg(feature = "tls")]
pub(crate) use distinguished_name::{Attribute, AttributeValue, DistinguishedName};
#[cfg(fuzzing)]
pub(crate) use file::parse;
pub(crate) use password::{Memory, PasswordVerdict};
pub(crate) use snapshot::{Challenge, Snapshot};
