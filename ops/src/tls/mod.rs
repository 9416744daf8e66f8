//! TLS: which files it is made of, how they are followed, and the handshake.

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
