//! `opsctl audit verify`: checks that an audit log is as it was written.

use ops::audit::Verifier;
use ops::error::ErrorChain;
use std::fs::File;
use std::path::PathBuf;

/// Verifies the log that is in `files`, the oldest first.
pub(super) fn verify(files: &[PathBuf]) -> Result<String, String> {
    let mut verifier = Verifier::new();
    for file in files {
        let name = file.display();
        let log = File::open(file).map_err(|error| format!("{name} cannot be read: {}", ErrorChain(&error)))?;
        verifier.read(log).map_err(|error| format!("{name}: {}", ErrorChain(&error)))?;
    }
    let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    let (names, verb, pronoun) =
        if files.len() == 1 { (names.join(", "), "is", "it was") } else { (names.join(", "), "are", "they were") };
    let summary = verifier.finish();
    Ok(format!(
        "{names} {verb} as {pronoun} written: {} records, the last is number {} with the hash {}\n",
        summary.records, summary.last, summary.hash
    ))
}
