//! Selects the rustls crypto provider for all TLS connections of this crate.

use rustls::crypto::CryptoProvider;
use std::sync::Arc;

/// Returns the crypto provider that the program has installed, or else a built-in one, if any.
///
/// A library must not decide for the whole process, so this never installs a provider. Pass the result to
/// `builder_with_provider`: constructors such as `ServerConfig::builder` install a provider, or panic if two are linked.
pub(crate) fn crypto_provider() -> Option<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned().or_else(|| built_in().map(Arc::new))
}

/// Returns a built-in provider of rustls, if it was compiled with one.
///
/// If it has two, returns `aws-lc-rs`, the default of rustls, unless the features of this crate select only `ring`.
///
/// Any crate of the program may enable the features of rustls, and `cfg` cannot detect that here. Name resolution can: in this
/// function, the modules of `rustls::crypto`, if they exist, shadow the stand-ins with the same names below.
fn built_in() -> Option<CryptoProvider> {
    use rustls::crypto::*;
    let provider: Option<CryptoProvider> = if cfg!(all(feature = "tls-ring", not(feature = "tls-aws-lc-rs"))) {
        first(ring::default_provider(), aws_lc_rs::default_provider())
    } else {
        first(aws_lc_rs::default_provider(), ring::default_provider())
    };
    provider
}

/// Returns the preferred provider if it exists, otherwise the other.
fn first(
    preferred: impl Into<Option<CryptoProvider>>,
    other: impl Into<Option<CryptoProvider>>,
) -> Option<CryptoProvider> {
    preferred.into().or_else(|| other.into())
}

/// Stand-in for `rustls::crypto::aws_lc_rs`.
#[allow(dead_code, reason = "unused if rustls has this provider, which `cfg` cannot detect")]
mod aws_lc_rs {
    pub(super) fn default_provider() -> Option<super::CryptoProvider> {
        None
    }
}

/// Stand-in for `rustls::crypto::ring`.
#[allow(dead_code, reason = "unused if rustls has this provider, which `cfg` cannot detect")]
mod ring {
    pub(super) fn default_provider() -> Option<super::CryptoProvider> {
        None
    }
}
