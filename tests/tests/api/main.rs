//! End-to-end tests of the HTTP API: access control, health, administration and the audit log.

mod admin;
mod audit;
mod authorizer;
mod health;
mod known_login;
mod policy;
