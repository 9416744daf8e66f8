//! Verification: checks that a log is as it was written.

use super::chain::Link;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

/// The contents of a log whose chain of hashes is intact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedLog {
    /// How many lines.
    pub records: u64,
    /// The number of the last one; it is higher than `records` where earlier lines are in another file.
    pub last: u64,
    /// The hash of the last one, to be compared with a copy that is kept elsewhere.
    pub hash: String,
}

/// Reasons a log cannot be verified.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// It cannot be read.
    Read(io::Error),
    /// A line is wrong.
    Line {
        /// Which, from 1 on.
        line: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Verifies an audit log that is in one file.
///
/// The first line may be one that follows on lines in another file, as after a rotation; a [`Verifier`] reads several.
///
/// # Errors
/// [`VerifyError::Line`] for the first line that is wrong, [`VerifyError::Read`] if the log cannot be read.
pub fn verify(log: impl Read) -> Result<VerifiedLog, VerifyError> {
    let mut verifier = Verifier::new();
    verifier.read(log)?;
    Ok(verifier.finish())
}

/// Verifies an audit log that is in several files, as rotation leaves it.
///
/// ```
/// use ops::audit::Verifier;
///
/// let mut verifier = Verifier::new();
/// for file in [&b""[..], &b""[..]] {
///     verifier.read(file)?; // the oldest first
/// }
/// assert_eq!(verifier.finish().records, 0);
/// # Ok::<(), ops::audit::VerifyError>(())
/// ```
#[derive(Debug, Default)]
pub struct Verifier {
    records: u64,
    last: Option<Link>,
}

impl Verifier {
    /// Creates a verifier that has read nothing.
    pub fn new() -> Verifier {
        Verifier::default()
    }

    /// Reads the next file from its first line to its last. The first line of the first file may follow on lines elsewhere; the
    /// first line of each further one must follow on the last line before it.
    ///
    /// # Errors
    /// [`VerifyError::Line`] for the first line of this file that is wrong, [`VerifyError::Read`] if it cannot be read.
    pub fn read(&mut self, log: impl Read) -> Result<(), VerifyError> {
        let mut log = BufReader::new(log);
        let mut line = Vec::new();
        let mut number = 0;
        while log.read_until(b'\n', &mut line).map_err(VerifyError::Read)? > 0 {
            number += 1;
            let link = follow(self.last.as_ref(), &line);
            self.last = Some(link.map_err(|reason| VerifyError::Line { line: number, reason })?);
            self.records += 1;
            line.clear();
        }
        Ok(())
    }

    /// Returns what was read.
    pub fn finish(self) -> VerifiedLog {
        let Link { seq, hash } = self.last.unwrap_or_else(Link::start);
        VerifiedLog { records: self.records, last: seq, hash }
    }
}

fn follow(last: Option<&Link>, line: &[u8]) -> Result<Link, &'static str> {
    let line = line.strip_suffix(b"\n").ok_or("it breaks off: the program was ended while it wrote it")?;
    let line = std::str::from_utf8(line).map_err(|_error| "it is not UTF-8")?;
    let (link, prev) = Link::read(line)?;
    match last {
        Some(last) if prev != last.hash => {
            Err("it does not follow on the line before: one was changed, left out or put in")
        }
        Some(last) if link.seq != last.seq + 1 => Err("its number does not follow on that of the line before"),
        _ => Ok(link),
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyError::Read(_) => f.write_str("the log cannot be read"),
            VerifyError::Line { line, reason } => write!(f, "line {line} is wrong: {reason}"),
        }
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            VerifyError::Read(error) => Some(error),
            VerifyError::Line { .. } => None,
        }
    }
}
