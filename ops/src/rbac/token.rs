//! Bearer tokens: random, so a plain hash of them may be stored.

use super::PolicyError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;
use std::time::SystemTime;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 128;

/// What every token begins with, so that it is known for one where it should not be.
const PREFIX: &str = "ops_";

/// A bearer token: `ops_` and 32 random bytes. It is seen once; the policy has its [`digest`](Token::digest).
///
/// ```
/// use ops::rbac::{Policy, Token};
///
/// let token = Token::generate()?;
/// let policy = Policy::new().with_standard_roles();
/// policy.add_user("prometheus", &["scraper"]);
/// policy.add_token("prometheus", token.digest(), None)?;
/// assert!(token.reveal().starts_with("ops_") && token.reveal().len() == 47);
/// assert_eq!(format!("{token:?}"), "Token(..)");
/// # Ok::<(), ops::rbac::PolicyError>(())
/// ```
pub struct Token(Zeroizing<String>);

/// The SHA-256 of a token, written as 64 hexadecimal digits. There is no `==` for it: only the policy compares, in constant
/// time.
#[derive(Clone, Copy)]
pub struct TokenDigest([u8; 32]);

/// A token as a policy has it.
#[derive(Clone)]
pub(super) struct StoredToken {
    digest: TokenDigest,
    expires: Option<SystemTime>,
}

impl Token {
    /// A new one, from the randomness of the system.
    ///
    /// # Errors
    /// [`PolicyError::Randomness`] if the system has none.
    pub fn generate() -> Result<Token, PolicyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|error| PolicyError::Randomness { reason: error.to_string() })?;
        let mut text = Zeroizing::new(PREFIX.to_owned());
        URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        Ok(Token(text))
    }

    /// The token itself, for whoever is to send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What a policy stores.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.0)
    }
}

impl TokenDigest {
    /// The digest of a token.
    pub(super) fn of(token: &str) -> TokenDigest {
        TokenDigest(Sha256::digest(token.as_bytes()).into())
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`PolicyError::NotADigest`] for anything else.
    pub fn parse(text: &str) -> Result<TokenDigest, PolicyError> {
        super::digits::parse(text).map(TokenDigest).ok_or(PolicyError::NotADigest)
    }
}

impl StoredToken {
    pub(super) fn new(digest: TokenDigest, expires: Option<SystemTime>) -> StoredToken {
        StoredToken { digest, expires }
    }

    /// Whether this is the token of `digest`, and has not expired at `now`. Takes as long whatever the answer is.
    pub(super) fn is(&self, digest: &TokenDigest, now: SystemTime) -> bool {
        let same: bool = self.digest.0.ct_eq(&digest.0).into();
        same & self.expires.is_none_or(|expires| now < expires)
    }
}

impl fmt::Display for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::digits::Hexadecimal(&self.0).fmt(f)
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(..)")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_digest_is_written_and_read_as_hexadecimal_digits() {
        let text = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(TokenDigest::of("hello").to_string(), text);
        assert_eq!(TokenDigest::parse(&text.to_uppercase()).unwrap().to_string(), text);
        for wrong in ["", "2c", &text[1..], &format!("{text}0"), &text.replace('c', "g"), &"é".repeat(32)] {
            assert_eq!(TokenDigest::parse(wrong).unwrap_err(), PolicyError::NotADigest, "{wrong:?}");
        }
    }

    #[test]
    fn no_two_tokens_are_the_same() {
        let (first, second) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_ne!(first.reveal(), second.reveal());
    }

    #[test]
    fn a_token_counts_until_it_expires() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let token = Token::generate().unwrap();
        let stored = StoredToken::new(token.digest(), Some(end));
        assert!(stored.is(&token.digest(), end - Duration::from_nanos(1)));
        assert!(!stored.is(&token.digest(), end));
        assert!(!stored.is(&TokenDigest::of("another"), SystemTime::UNIX_EPOCH));
    }
}
