//! The hash chain: each line contains its own hash and that of the previous line.

use super::record::Record;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::{Duration, SystemTime};

/// Start of the last field of a line, after the hashed content.
const HASH: &str = ",\"hash\":\"";

/// A position in the chain: the sequence number and hash of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) seq: u64,
    /// SHA-256 in hexadecimal digits.
    pub(super) hash: String,
}

#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    time: String,
    #[serde(flatten)]
    record: &'a Record,
    prev: &'a str,
}

/// The fields of a line that verification reads.
#[derive(Deserialize)]
struct ChainFields {
    seq: u64,
    prev: String,
}

impl Link {
    /// Returns the position before the first line: number 0 and a hash of zeros.
    pub(super) fn start() -> Link {
        Link { seq: 0, hash: "0".repeat(64) }
    }

    /// Formats `record` as the next line of the chain. Returns the line, without a newline, and its link.
    pub(super) fn line(&self, record: &Record, now: SystemTime) -> serde_json::Result<(String, Link)> {
        let time = humantime::format_rfc3339_millis(clamped(now)).to_string();
        let mut line = serde_json::to_string(&Line { seq: self.seq + 1, time, record, prev: &self.hash })?;
        line.pop();
        let hash = hash(&line);
        line.push_str(&format!("{HASH}{hash}\"}}"));
        Ok((line, Link { seq: self.seq + 1, hash }))
    }

    /// Parses a line and verifies its hash. Returns its link and the hash of the previous line.
    ///
    /// # Errors
    /// The reason the line is invalid.
    pub(super) fn read(line: &str) -> Result<(Link, String), &'static str> {
        let fields: ChainFields = serde_json::from_str(line).map_err(|_error| "not an audit record")?;
        let (content, rest) = line.rsplit_once(HASH).ok_or("no hash")?;
        let found = rest.strip_suffix("\"}").ok_or("the hash is not the last field")?;
        if found != hash(content) {
            return Err("hash mismatch: the line was changed");
        }
        Ok((Link { seq: fields.seq, hash: found.to_owned() }, fields.prev))
    }
}

/// Clamps a time to the years 1970 to 9999, which RFC 3339 can represent.
///
/// Other times occur only if the system clock is wrong.
fn clamped(time: SystemTime) -> SystemTime {
    /// 9999-12-31T23:59:59Z.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    time.clamp(SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + LAST)
}

fn hash(content: &str) -> String {
    Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
