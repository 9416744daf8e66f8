//! `opsctl policy check`: validation of a policy file.

use ops::error::ErrorChain;
use ops::rbac::PolicyFile;
use std::path::Path;

pub(super) fn check(file: &Path) -> Result<String, String> {
    PolicyFile::open(file).map_err(|error| ErrorChain(&error).to_string())?;
    Ok(format!("{}: valid policy\n", file.display()))
}
