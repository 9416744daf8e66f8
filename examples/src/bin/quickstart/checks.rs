//! Health checks of the service.
//!
//! A check is a function. Its arguments are resources, looked up by type among those passed to `ops::provide`. Its return value
//! is the result.

use crate::storage::{Database, StorageError};
use ops::{Outcome, Resource};
use std::io;

/// The database answers.
#[ops::health_check("db", timeout = "500ms")]
async fn database(database: Resource<Database>) -> Result<(), StorageError> {
    database.ping().await
}

const MEBIBYTE: u64 = 1024 * 1024;

/// The disk has space for more orders.
// Not `async`, because the system call may block: `ops` runs blocking checks on dedicated threads.
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

/// The database file is not corrupted.
// Not critical: a failure degrades the service but leaves it ready.
#[ops::health_check("integrity", critical = false, tags("storage"))]
async fn integrity(database: Resource<Database>) -> Result<Outcome, StorageError> {
    let problems = database.integrity_problems().await?;
    Ok(match problems.first() {
        None => Outcome::healthy(),
        Some(problem) => Outcome::degraded(problem),
    })
}
