//! Bearer tokens. They have 256 random bits, so storing an unsalted SHA-256 is safe.

use super::PolicyError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;
use std::time::SystemTime;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Prefix of all generated tokens, by which secret scanners recognize leaked tokens.
const PREFIX: &str = "ops_";

/// A bearer token: `ops_` and 32 random bytes in base64url.
///
/// A policy stores only the [`digest`](Token::digest), so a lost token cannot be recovered. `Debug` does not show the token.
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

/// The SHA-256 digest of a token, written as 64 hexadecimal digits.
///
/// It does not implement `PartialEq`: only the policy compares digests, in constant time.
///
/// ```compile_fail,E0369
/// let digest = ops::rbac::TokenDigest::parse(&"0".repeat(64))?;
/// let _is_the_same = digest == digest;
/// # Ok::<(), ops::rbac::PolicyError>(())
/// ```
#[derive(Clone, Copy)]
pub struct TokenDigest([u8; 32]);

/// A token as stored in a policy.
#[derive(Clone)]
pub(super) struct StoredToken {
    digest: TokenDigest,
    expires: Option<SystemTime>,
}

impl Token {
    /// Generates a token from system randomness.
    ///
    /// # Errors
    /// [`PolicyError::Randomness`] if the system provides no random bytes.
    pub fn generate() -> Result<Token, PolicyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|error| PolicyError::Randomness { reason: error.to_string() })?;
        let mut text = Zeroizing::new(PREFIX.to_owned());
        URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        Ok(Token(text))
    }

    /// Returns the token in plain text.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns the digest that a policy stores.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.0)
    }
}

impl TokenDigest {
    /// Computes the digest of a token.
    pub(super) fn of(token: &str) -> TokenDigest {
        TokenDigest(Sha256::digest(token.as_bytes()).into())
    }

    /// Parses 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`PolicyError::InvalidDigest`] for any other text.
    pub fn parse(text: &str) -> Result<TokenDigest, PolicyError> {
        super::digits::parse(text).map(TokenDigest).ok_or(PolicyError::InvalidDigest)
    }

    /// Returns the first eight digits, which identify the token in logs and in a policy file.
    pub(crate) fn short(&self) -> String {
        self.0[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl StoredToken {
    pub(super) fn new(digest: TokenDigest, expires: Option<SystemTime>) -> StoredToken {
        StoredToken { digest, expires }
    }

    /// Returns `true` if the digest matches and has not expired at `now`. Constant time.
    pub(super) fn matches(&self, digest: &TokenDigest, now: SystemTime) -> bool {
        self.has_digest(digest) & self.expires.is_none_or(|expires| now < expires)
    }

    /// Returns `true` if the digest matches, expired or not. Constant time.
    pub(super) fn has_digest(&self, digest: &TokenDigest) -> bool {
        #[cfg(test)]
        tests::COMPARISONS.set(tests::COMPARISONS.get() + 1);
        self.digest.0.ct_eq(&digest.0).into()
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
    use crate::rbac::{Cost, Policy};
    use std::cell::Cell;
    use std::hint::black_box;
    use std::time::{Duration, Instant};

    thread_local! {
        /// Number of token comparisons on this thread.
        pub(super) static COMPARISONS: Cell<usize> = const { Cell::new(0) };
    }

    #[test]
    fn authentication_compares_all_tokens() {
        let policy = Policy::with_cost(Cost::fastest_for_tests());
        let mut tokens = vec![Token::generate().unwrap()];
        for user in ["alice", "bob", "eve"] {
            policy.add_user(user, &[]);
            tokens.extend((0..3).map(|_| policy.issue_token(user, None).unwrap()));
        }
        policy.add_token("bob", TokenDigest::of("expired"), Some(SystemTime::UNIX_EPOCH)).unwrap();
        for token in tokens.iter().map(Token::reveal).chain(["", "expired"]) {
            COMPARISONS.set(0);
            policy.authenticate_token(token);
            assert_eq!(COMPARISONS.get(), 10);
        }
    }

    /// Returns Welch's t: the difference of the means in units of its standard error.
    fn welch(samples: [&[f64]; 2]) -> f64 {
        let [(mean, error), (other_mean, other_error)] = samples.map(|samples| {
            let count = samples.len() as f64;
            let mean = samples.iter().sum::<f64>() / count;
            let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0);
            (mean, variance / count)
        });
        (mean - other_mean) / (error + other_error).sqrt()
    }

    /// Depends on wall-clock measurements, so it is ignored by default.
    #[test]
    #[ignore = "100,000 timed samples of a release build: `cargo test --release -p ops --lib -- --ignored first_or_last`"]
    fn comparison_time_does_not_depend_on_the_first_or_last_byte() {
        const REPETITIONS: usize = 50;
        let right = TokenDigest::of("a token");
        let stored = StoredToken::new(right, None);
        let wrong = [0, 31].map(|index| {
            let mut digest = right;
            digest.0[index] ^= 1;
            digest
        });
        let mut times = [Vec::new(), Vec::new()];
        let mut state = 1_u64;
        for _ in 0..100_000 {
            // Random order, so that the branch predictor cannot learn a pattern.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let class = usize::from(state >> 63 == 1);
            let digest = wrong[class];
            let started = Instant::now();
            for _ in 0..REPETITIONS {
                black_box(stored.matches(black_box(&digest), black_box(SystemTime::UNIX_EPOCH)));
            }
            times[class].push(started.elapsed().as_nanos() as f64);
        }
        // Interrupts cause outliers unrelated to the comparison, so both samples are truncated at the same threshold.
        let mut all = times.concat();
        all.sort_by(f64::total_cmp);
        let longest = all[all.len() * 9 / 10];
        let [first, last] = times.map(|times| times.into_iter().filter(|time| *time <= longest).collect::<Vec<_>>());
        let t = welch([&first, &last]);
        println!("t = {t:.2} of {} and {} samples", first.len(), last.len());
        assert!(t.abs() < 4.5, "{t}");
    }

    #[test]
    fn digest_round_trips_as_hexadecimal_digits() {
        let text = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(TokenDigest::of("hello").to_string(), text);
        assert_eq!(TokenDigest::parse(&text.to_uppercase()).unwrap().to_string(), text);
        assert_eq!(TokenDigest::of("hello").short(), "2cf24dba");
        for wrong in ["", "2c", &text[1..], &format!("{text}0"), &text.replace('c', "g"), &"é".repeat(32)] {
            assert_eq!(TokenDigest::parse(wrong).unwrap_err(), PolicyError::InvalidDigest, "{wrong:?}");
        }
    }

    #[test]
    fn generated_tokens_differ() {
        let (first, second) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_ne!(first.reveal(), second.reveal());
    }

    #[test]
    fn token_is_valid_until_it_expires() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let token = Token::generate().unwrap();
        let stored = StoredToken::new(token.digest(), Some(end));
        assert!(stored.matches(&token.digest(), end - Duration::from_nanos(1)));
        assert!(!stored.matches(&token.digest(), end));
        assert!(!stored.matches(&TokenDigest::of("another"), SystemTime::UNIX_EPOCH));
    }
}
