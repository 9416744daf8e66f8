//! The crypto provider of rustls that everything here uses for TLS.

use rustls::crypto::CryptoProvider;
use std::sync::Arc;

/// Returns the provider that the program has installed, otherwise a built-in one of rustls: the one that a feature of this crate
/// asks for, or one that is linked anyway. `None` if there is neither.
///
/// A library does not decide for the whole process, so this never installs a provider, and the constructors of rustls that
/// would, or that panic where two are linked (`ServerConfig::builder` and its like), are not used: pass the result to
/// `builder_with_provider`.
pub(crate) fn crypto_provider() -> Option<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned().or_else(|| built_in().map(Arc::new))
}

/// Returns a built-in provider of rustls. Of two it is `ring` if the features of this crate ask for that alone, otherwise the
/// default of rustls, `aws-lc-rs`.
///
/// Any crate of the program may enable features of rustls, which `cfg` does not show here. Name resolution does: in this function
/// the modules of `rustls::crypto`, where they exist, shadow the stand-ins of the same names.
fn built_in() -> Option<CryptoProvider> {
    use rustls::crypto::*;
    let provider: Option<CryptoProvider> = if cfg!(all(feature = "tls-ring", not(feature = "tls-aws-lc-rs"))) {
        first(ring::default_provider(), aws_lc_rs::default_provider())
    } else {
        first(aws_lc_rs::default_provider(), ring::default_provider())
    };
    provider
}

/// Returns the first of two providers that is there.
fn first(
    preferred: impl Into<Option<CryptoProvider>>,
    other: impl Into<Option<CryptoProvider>>,
) -> Option<CryptoProvider> {
    preferred.into().or_else(|| other.into())
}

/// Stands in for `rustls::crypto::aws_lc_rs`.
#[allow(dead_code, reason = "shadowed where rustls has this provider, which no `cfg` shows")]
mod aws_lc_rs {
    pub(super) fn default_provider() -> Option<super::CryptoProvider> {
        None
    }
}

/// Stands in for `rustls::crypto::ring`.
#[allow(dead_code, reason = "shadowed where rustls has this provider, which no `cfg` shows")]
mod ring {
    pub(super) fn default_provider() -> Option<super::CryptoProvider> {
        None
    }
}
