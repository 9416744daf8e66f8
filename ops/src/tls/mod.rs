//! TLS: settings, hot reload of certificates and keys, and the handshake.

mod error;
mod files;
mod handshake;
mod material;
mod names;
mod settings;
#[cfg(test)]
pub(crate) mod tests;

pub use error::TlsError;
pub use settings::Tls;

pub(crate) use files::TlsFiles;
pub(crate) use handshake::Secured;
