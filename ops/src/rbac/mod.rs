//! Who may do what: permissions, roles, users and their passwords.
//!
//! A [`Policy`] is a value. The server reads it; the program may change it at any time.

mod error;
mod password;
mod permission;
mod policy;
mod standard;
mod tables;

pub use error::PolicyError;
pub use password::{Cost, MAX_PASSWORD, MAX_USER_NAME};
pub use permission::{Grant, is_grant, is_permission};
pub use policy::Policy;
