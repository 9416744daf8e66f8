//! Whether the service can do its work: three checks, found and run by `ops`.
//!
//! A check is a function. What it takes is what was given to `ops::provide`, by type; what it returns says how things are.

use crate::storage::{Database, StorageError};
use ops::{Outcome, Resource};
use std::io;

/// The database answers.
#[ops::health_check("db", timeout = "500ms")]
async fn database(database: Resource<Database>) -> Result<(), StorageError> {
    database.ping().await
}

const MEBIBYTE: u64 = 1024 * 1024;

/// There is room for more orders.
// Not `async`, because asking the file system may block: `ops` runs such a check on a thread where that is no harm.
#[ops::health_check("disk", tags("storage"))]
fn disk(database: Resource<Database>) -> io::Result<Outcome> {
    let free = fs4::available_space(database.directory())?;
    let outcome = match free / MEBIBYTE {
        0..16 => Outcome::unhealthy("less than 16 MiB are free"),
        16..64 => Outcome::degraded("less than 64 MiB are free"),
        _ => Outcome::healthy(),
    };
    Ok(outcome.detail("free_bytes", free))
}

/// What was written can be read back.
// Somebody should look when it fails, but the service can go on: not critical, so it only degrades.
#[ops::health_check("integrity", critical = false, tags("storage"))]
async fn integrity(database: Resource<Database>) -> Result<Outcome, StorageError> {
    let problems = database.integrity_problems().await?;
    Ok(match problems.first() {
        None => Outcome::healthy(),
        Some(problem) => Outcome::degraded(problem),
    })
}
