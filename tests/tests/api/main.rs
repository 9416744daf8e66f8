//! End-to-end tests of the HTTP API: authentication, authorization, health, administration and the audit log.

mod admin;
mod audit;
mod authorizer;
mod health;
mod known_login;
mod policy;
