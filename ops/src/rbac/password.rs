//! Password hashing with argon2id, in PHC string format. All hashes of a policy have the same cost.

use super::PolicyError;
use super::credentials::check_password;
use super::lengths::MAX_PASSWORD;
use argon2::password_hash::{self, Output, ParamsString, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, PasswordHasher, Version};
use std::fmt;
use subtle::ConstantTimeEq;

/// The cost of an argon2id hash: memory, passes and lanes.
///
/// The default is 19 MiB, 2 passes, 1 lane, as OWASP recommends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// Creates a cost of `memory_kib` KiB of memory, `passes` passes over it, and `lanes` lanes.
    ///
    /// ```
    /// assert!(ops::rbac::Cost::new(65_536, 3, 1).is_ok());
    /// let error = ops::rbac::Cost::new(1, 3, 1).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid argon2id cost: memory in KiB must be between 7168 and 262144, but is 1");
    /// ```
    ///
    /// # Errors
    /// [`PolicyError::Cost`] outside 7 MiB to 256 MiB of memory, 1 to 10 passes, or 1 to 4 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Cost, PolicyError> {
        Cost { memory_kib, passes, lanes }.in_range()
    }

    /// Returns this cost if it is within the supported range.
    ///
    /// # Errors
    /// Those of [`new`](Cost::new).
    pub(super) fn in_range(self) -> Result<Cost, PolicyError> {
        for (parameter, value, least, most) in [
            ("memory in KiB", self.memory_kib, 7 * 1024, 256 * 1024),
            ("number of passes", self.passes, 1, 10),
            ("number of lanes", self.lanes, 1, 4),
        ] {
            if !(least..=most).contains(&value) {
                return Err(PolicyError::Cost { parameter, value, least, most });
            }
        }
        Ok(self)
    }

    /// Returns the minimum cost of the algorithm: insecure, for fast tests only.
    pub const fn fastest_for_tests() -> Cost {
        Cost { memory_kib: Params::MIN_M_COST, passes: Params::MIN_T_COST, lanes: Params::MIN_P_COST }
    }
}

/// Hashes `password` with argon2id for a policy file.
///
/// Returns a PHC string. Deliberately slow: the time depends on `cost`.
///
/// ```
/// use ops::rbac::{Cost, hash_password};
///
/// let hash = hash_password("correct horse", Cost::new(7 * 1024, 1, 1)?)?;
/// assert!(hash.starts_with("$argon2id$v=19$m=7168,t=1,p=1$"));
/// # Ok::<(), ops::rbac::PolicyError>(())
/// ```
///
/// # Errors
/// [`PolicyError::PasswordLength`], [`PolicyError::PasswordCharacters`], [`PolicyError::Randomness`] and
/// [`PolicyError::Hashing`].
pub fn hash_password(password: &str, cost: Cost) -> Result<String, PolicyError> {
    Passwords::new(cost).hash(password).map(|hash| hash.0)
}

impl Default for Cost {
    fn default() -> Self {
        Cost { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// A password hash in PHC string format. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct StoredHash(String);

impl StoredHash {
    /// Parses a PHC string. Returns the hash and its cost.
    pub(super) fn parse(text: &str) -> Result<(StoredHash, Cost), PolicyError> {
        let invalid = |reason| PolicyError::InvalidHash { reason };
        let hash = PasswordHash::new(text)
            .map_err(|_error| invalid("not a PHC string; write the output of `opsctl hash-password`"))?;
        if hash.algorithm != Algorithm::Argon2id.ident() || hash.version != Some(Version::V0x13.into()) {
            return Err(invalid("only argon2id version 19 is supported; make a new hash with `opsctl hash-password`"));
        }
        if hash.salt.is_none() || hash.hash.is_none_or(|hash| hash.len() < 16) {
            return Err(invalid("no salt, or hash too short; make a new hash with `opsctl hash-password`"));
        }
        let params = Params::try_from(&hash).map_err(|_error| {
            invalid("unsupported argon2id parameters; make a new hash with `opsctl hash-password`")
        })?;
        let cost = Cost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        Ok((StoredHash(text.to_owned()), cost))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredHash(..)")
    }
}

/// A reusable memory buffer for password verification.
///
/// Allocating and freeing a buffer of this size for each verification would fragment the heap.
#[derive(Default)]
pub(crate) struct Memory(Vec<Block>);

impl Memory {
    /// Returns a buffer of `count` blocks, or `None` if the allocation fails.
    fn blocks(&mut self, count: usize) -> Option<&mut [Block]> {
        if self.0.len() != count {
            self.0 = Vec::new();
            self.0.try_reserve_exact(count).ok()?;
            self.0.resize(count, Block::default());
        }
        Some(&mut self.0)
    }
}

/// The result of verifying a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordVerdict {
    /// The password matches.
    Match,
    /// The password does not match.
    Mismatch,
    /// Not computed: the hash is malformed or memory allocation failed.
    Unverified,
}

/// Creates and verifies password hashes of one cost.
#[derive(Debug)]
pub(super) struct Passwords {
    argon2: Argon2<'static>,
    cost: Cost,
    /// Verified in place of a missing hash, so that response times do not reveal which users exist.
    ///
    /// The hash is random, so no password matches.
    decoy: StoredHash,
    #[cfg(test)]
    checks: std::sync::atomic::AtomicUsize,
}

impl Passwords {
    pub(super) fn new(cost: Cost) -> Passwords {
        // A `Cost` has only valid parameters, so the fallback is never used.
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).unwrap_or(Params::DEFAULT);
        let decoy = StoredHash(decoy(&params).unwrap_or_default());
        Passwords {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            cost,
            decoy,
            #[cfg(test)]
            checks: Default::default(),
        }
    }

    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    pub(super) fn decoy(&self) -> StoredHash {
        self.decoy.clone()
    }

    pub(super) fn hash(&self, password: &str) -> Result<StoredHash, PolicyError> {
        check_password(password)?;
        let salt = random_salt().map_err(|error| PolicyError::Randomness { reason: error.to_string() })?;
        let hash = SaltString::encode_b64(&salt)
            .and_then(|salt| Ok(self.argon2.hash_password(password.as_bytes(), &salt)?.to_string()))
            .map_err(|error| PolicyError::Hashing { reason: error.to_string() })?;
        Ok(StoredHash(hash))
    }

    /// Verifies `password` against `hash`, which must have this cost, using `memory`.
    pub(super) fn verify(&self, password: &str, hash: &StoredHash, memory: &mut Memory) -> PasswordVerdict {
        // Checked first, independently of the user, so that the response time reveals nothing about users.
        if password.len() > MAX_PASSWORD {
            return PasswordVerdict::Mismatch;
        }
        #[cfg(test)]
        self.checks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let Ok(PasswordHash { salt: Some(salt), hash: Some(expected), .. }) = PasswordHash::new(&hash.0) else {
            return PasswordVerdict::Unverified;
        };
        let mut salt_bytes = [0; Salt::MAX_LENGTH];
        let Ok(salt) = salt.decode_b64(&mut salt_bytes) else { return PasswordVerdict::Unverified };
        let Some(blocks) = memory.blocks(self.argon2.params().block_count()) else {
            return PasswordVerdict::Unverified;
        };
        let mut computed = [0; Output::MAX_LENGTH];
        let computed = &mut computed[..expected.len()];
        match self.argon2.hash_password_into_with_memory(password.as_bytes(), salt, computed, blocks) {
            Ok(()) if computed.ct_eq(expected.as_bytes()).into() => PasswordVerdict::Match,
            Ok(()) => PasswordVerdict::Mismatch,
            Err(_error) => PasswordVerdict::Unverified,
        }
    }

    #[cfg(test)]
    pub(super) fn checks(&self) -> usize {
        self.checks.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Generates a salt of the length that RFC 9106 (section 3.1) recommends.
fn random_salt() -> Result<[u8; Salt::RECOMMENDED_LENGTH], getrandom::Error> {
    let mut salt = [0; Salt::RECOMMENDED_LENGTH];
    getrandom::fill(&mut salt)?;
    Ok(salt)
}

/// Creates a well-formed hash that no password matches.
fn decoy(params: &Params) -> Result<String, password_hash::Error> {
    // Zeros are a safe fallback: no known password hashes to them.
    let random = || random_salt().unwrap_or_default();
    let salt = SaltString::encode_b64(&random())?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)?,
        salt: Some(salt.as_salt()),
        hash: Some(Output::new(&[random(), random()].concat())?),
    };
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;

    fn verify(passwords: &Passwords, password: &str, hash: &StoredHash) -> bool {
        match passwords.verify(password, hash, &mut Memory::default()) {
            PasswordVerdict::Match => true,
            PasswordVerdict::Mismatch => false,
            PasswordVerdict::Unverified => panic!("the password was not verified"),
        }
    }

    #[test]
    fn password_verifies_against_its_own_hash_only() {
        let passwords = Passwords::new(Cost::fastest_for_tests());
        let (first, second) = (passwords.hash("s3cr3t").unwrap(), passwords.hash("s3cr3t").unwrap());
        assert_ne!(first.0, second.0, "salted");
        assert!(verify(&passwords, "s3cr3t", &first) && verify(&passwords, "s3cr3t", &second));
        for wrong in ["", "S3cr3t", "s3cr3t ", "s3cr3t\0"] {
            assert!(!verify(&passwords, wrong, &first), "{wrong:?}");
        }
    }

    #[test]
    fn hash_is_argon2id_with_the_requested_cost() {
        let hash = Passwords::new(Cost::new(7 * 1024, 2, 1).unwrap()).hash("x").unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=7168,t=2,p=1$"), "{}", hash.0);
    }

    #[test]
    fn decoy_has_the_same_cost_and_matches_no_password() {
        let passwords = Passwords::new(Cost::fastest_for_tests());
        let real = passwords.hash("x").unwrap();
        let head = |hash: &StoredHash| hash.0.rsplitn(3, '$').nth(2).unwrap().to_owned();
        assert_eq!(head(&passwords.decoy), head(&real));
        assert_eq!(passwords.decoy.0.len(), real.0.len());
        let decoy = PasswordHash::new(&passwords.decoy.0).unwrap();
        assert_eq!(
            passwords.argon2.verify_password(b"x", &decoy),
            Err(password_hash::Error::Password),
            "the decoy is well-formed: it is computed and compared"
        );
        assert!(!verify(&passwords, "x", &passwords.decoy));
    }

    #[test]
    fn password_length_is_limited() {
        let passwords = Passwords::new(Cost::fastest_for_tests());
        let longest = "x".repeat(MAX_PASSWORD);
        assert!(verify(&passwords, &longest, &passwords.hash(&longest).unwrap()));
        assert_eq!(passwords.hash(&"x".repeat(1025)), Err(PolicyError::PasswordLength { bytes: 1025 }));
        assert_eq!(passwords.hash("").unwrap_err().to_string(), "invalid password: 0 bytes long; use 1 to 1024 bytes");
        assert_eq!(passwords.hash("s3cr3t\t"), Err(PolicyError::PasswordCharacters));
    }

    #[test]
    fn parses_a_phc_string_with_its_cost() {
        let cost = Cost::new(7 * 1024, 2, 1).unwrap();
        let text = hash_password("x", cost).unwrap();
        assert_eq!(StoredHash::parse(&text).unwrap().1, cost);
        let digest = &text[text.rfind('$').unwrap()..];
        for wrong in [
            "",
            "secret",
            "$argon2id$",
            &text.replace("argon2id", "argon2i"),
            &text.replace("v=19", "v=16"),
            &text.replace("$v=19", ""),
            &text.replace("m=7168", "m=4294967296"),
            &text.replace(digest, ""),
            &text.replace(digest, "$c2hvcnRzaG9ydA"),
        ] {
            let error = StoredHash::parse(wrong).unwrap_err();
            assert!(matches!(error, PolicyError::InvalidHash { .. }), "{wrong:?}");
            assert!(!error.to_string().contains(digest), "{error}");
        }
    }

    #[test]
    fn rejects_costs_out_of_range() {
        for (memory_kib, passes, lanes) in
            [(7167, 2, 1), (262_145, 2, 1), (19_456, 0, 1), (19_456, 11, 1), (19_456, 2, 5)]
        {
            assert!(Cost::new(memory_kib, passes, lanes).is_err(), "{memory_kib} {passes} {lanes}");
        }
        assert_eq!(Cost::new(19_456, 2, 1), Ok(Cost::default()));
    }
}
