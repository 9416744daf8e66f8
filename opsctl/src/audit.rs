//! `opsctl audit verify`: verification of the hash chain of an audit log.

use ops::audit::Verifier;
use ops::error::ErrorChain;
use std::fs::File;
use std::path::PathBuf;

/// Verifies the audit log in `files`, oldest first, and returns a summary.
pub(super) fn verify(files: &[PathBuf]) -> Result<String, String> {
    let mut verifier = Verifier::new();
    for file in files {
        let name = file.display();
        let log = File::open(file).map_err(|error| format!("cannot read `{name}`: {}", ErrorChain(&error)))?;
        verifier.read(log).map_err(|error| format!("{name}: {}", ErrorChain(&error)))?;
    }
    let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    let names = names.join(", ");
    let summary = verifier.finish();
    Ok(format!(
        "{names}: valid audit log; records: {}, last sequence number: {}, last hash: {}\n",
        summary.records, summary.last, summary.hash
    ))
}
