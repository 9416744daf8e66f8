//! Authentication and authorization of requests.
//!
//! [`AccessControl`] checks the `Host` header, identifies the caller with [`Authenticator`], and checks the permission of the
//! route with [`Authorization`].

mod access;
mod access_control;
mod audit_trail;
mod authentication;
mod authorization;
mod authorizer_errors;
mod caller;
mod credentials;
mod host;
mod logins;
mod mutation_guard;

pub(crate) use access::{Access, Target};
pub(crate) use access_control::{AccessControl, Exposure};
pub(crate) use audit_trail::{AuditedMutation, record_refusal};
pub(crate) use caller::Caller;
#[cfg(fuzzing)]
pub(crate) use credentials::Credentials;
pub(crate) use host::is_host_name;
pub(crate) use mutation_guard::{check_mutation, check_origin, is_mutation};

use authentication::Authenticator;
use authorization::Authorization;
