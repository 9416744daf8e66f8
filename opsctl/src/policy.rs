//! Whether a policy file can be used.

use ops::error::ErrorChain;
use ops::rbac::PolicyFile;
use std::path::Path;

pub(super) fn check(file: &Path) -> Result<String, String> {
    PolicyFile::open(file).map_err(|error| ErrorChain(&error).to_string())?;
    Ok(format!("{} is a policy\n", file.display()))
}
