//! TLS over real sockets: protocol versions, hot reload of certificates, and client certificates.

mod client_certificates;
mod connections;
mod relative_paths;
