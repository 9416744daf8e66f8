//! Verification of the hash chain.

use super::chain::Link;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

/// The summary of a log whose hash chain is intact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedLog {
    /// Number of records.
    pub records: u64,
    /// Sequence number of the last record; 0 for an empty log.
    ///
    /// Higher than `records` if the log begins in an earlier file.
    pub last: u64,
    /// Hash of the last record, as 64 hexadecimal digits. Compare it with a copy that is kept elsewhere.
    pub hash: String,
}

/// The reason the verification of a log failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// Reading the log failed.
    Read(io::Error),
    /// A line is invalid.
    Line {
        /// Line number, starting at 1.
        line: u64,
        /// Reason the line is invalid.
        reason: &'static str,
    },
}

/// Verifies an audit log in a single file.
///
/// The file may begin with any record, as after a rotation. Use a [`Verifier`] for a log that spans several files.
///
/// # Errors
/// [`VerifyError::Line`] for the first invalid line, [`VerifyError::Read`] if reading the log fails.
pub fn verify(log: impl Read) -> Result<VerifiedLog, VerifyError> {
    let mut verifier = Verifier::new();
    verifier.read(log)?;
    Ok(verifier.finish())
}

/// A verifier of an audit log that rotation has split into several files.
///
/// ```
/// use ops::audit::Verifier;
///
/// let mut verifier = Verifier::new();
/// for file in [&b""[..], &b""[..]] {
///     verifier.read(file)?; // oldest first
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
    /// Creates a verifier.
    pub fn new() -> Verifier {
        Verifier::default()
    }

    /// Reads and verifies the next file of the log.
    ///
    /// The first file may begin with any record. Each further file must continue the chain of the previous one.
    ///
    /// # Errors
    /// [`VerifyError::Line`] for the first invalid line of this file, [`VerifyError::Read`] if reading it fails.
    pub fn read(&mut self, log: impl Read) -> Result<(), VerifyError> {
        let mut log = BufReader::new(log);
        let mut line = Vec::new();
        let mut number = 0;
        while log.read_until(b'\n', &mut line).map_err(VerifyError::Read)? > 0 {
            number += 1;
            let link = verify_line(self.last.as_ref(), &line);
            self.last = Some(link.map_err(|reason| VerifyError::Line { line: number, reason })?);
            self.records += 1;
            line.clear();
        }
        Ok(())
    }

    /// Returns the summary of all files read.
    pub fn finish(self) -> VerifiedLog {
        let Link { seq, hash } = self.last.unwrap_or_else(Link::start);
        VerifiedLog { records: self.records, last: seq, hash }
    }
}

/// Verifies that `line` continues the chain after `last`. Returns its link.
fn verify_line(last: Option<&Link>, line: &[u8]) -> Result<Link, &'static str> {
    let line = line.strip_suffix(b"\n").ok_or("truncated: the program was killed while writing it")?;
    let line = std::str::from_utf8(line).map_err(|_error| "invalid UTF-8")?;
    let (link, prev) = Link::read(line)?;
    match last {
        Some(last) if prev != last.hash => Err("broken hash chain: a line was changed, removed or inserted"),
        Some(last) if link.seq != last.seq + 1 => Err("the sequence number is not consecutive"),
        _ => Ok(link),
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyError::Read(_) => f.write_str("cannot read the audit log"),
            VerifyError::Line { line, reason } => write!(f, "invalid line {line}: {reason}"),
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
