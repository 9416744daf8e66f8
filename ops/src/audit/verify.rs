//! Whether a log is as it was written.

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

/// Reads a log from its first line to its last. The first may be one that follows on lines in another file.
///
/// # Errors
/// [`VerifyError::Line`] for the first line that is wrong, [`VerifyError::Read`] if the log cannot be read.
pub fn verify(log: impl Read) -> Result<VerifiedLog, VerifyError> {
    let mut log = BufReader::new(log);
    let mut last: Option<Link> = None;
    let (mut line, mut records) = (Vec::new(), 0);
    while log.read_until(b'\n', &mut line).map_err(VerifyError::Read)? > 0 {
        records += 1;
        last = Some(follow(last.as_ref(), &line).map_err(|reason| VerifyError::Line { line: records, reason })?);
        line.clear();
    }
    let Link { seq, hash } = last.unwrap_or_else(Link::start);
    Ok(VerifiedLog { records, last: seq, hash })
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
