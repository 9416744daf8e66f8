//! The lines of the log, each bound to the one before.

use super::record::Record;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::{Duration, SystemTime};

/// What stands between what is hashed and its hash.
const HASH: &str = ",\"hash\":\"";

/// Where a chain has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) seq: u64,
    /// In hexadecimal digits.
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

/// What a reader of a line needs.
#[derive(Deserialize)]
struct Known {
    seq: u64,
    prev: String,
}

impl Link {
    /// Before the first line.
    pub(super) fn start() -> Link {
        Link { seq: 0, hash: "0".repeat(64) }
    }

    /// The line for `record`, and the link after it.
    pub(super) fn line(&self, record: &Record, now: SystemTime) -> serde_json::Result<(String, Link)> {
        let time = humantime::format_rfc3339_millis(writable(now)).to_string();
        let mut line = serde_json::to_string(&Line { seq: self.seq + 1, time, record, prev: &self.hash })?;
        line.pop();
        let hash = hash(&line);
        line.push_str(&format!("{HASH}{hash}\"}}"));
        Ok((line, Link { seq: self.seq + 1, hash }))
    }

    /// The link of a line, and the hash of the line that it was written after; or what is wrong with it.
    pub(super) fn read(line: &str) -> Result<(Link, String), &'static str> {
        let known: Known = serde_json::from_str(line).map_err(|_error| "it is not a record of an audit log")?;
        let (content, rest) = line.rsplit_once(HASH).ok_or("it has no hash")?;
        let found = rest.strip_suffix("\"}").ok_or("it does not end in its hash")?;
        if found != hash(content) {
            return Err("it has been changed: its hash is another one");
        }
        Ok((Link { seq: known.seq, hash: found.to_owned() }, known.prev))
    }
}

/// The moment itself or, where the clock of the machine is so wrong that it has no date of four digits, the nearest that has.
fn writable(moment: SystemTime) -> SystemTime {
    /// 9999-12-31T23:59:59Z.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    moment.clamp(SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + LAST)
}

fn hash(content: &str) -> String {
    Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
