//! Whether an audit log is as it was written.

use ops::error::ErrorChain;
use std::fs::File;
use std::path::Path;

pub(super) fn verify(file: &Path) -> Result<String, String> {
    let name = file.display();
    let log = File::open(file).map_err(|error| format!("{name} cannot be read: {}", ErrorChain(&error)))?;
    let summary = ops::audit::verify(log).map_err(|error| format!("{name}: {}", ErrorChain(&error)))?;
    Ok(format!(
        "{name} is as it was written: {} records, the last is number {} with the hash {}\n",
        summary.records, summary.last, summary.hash
    ))
}
