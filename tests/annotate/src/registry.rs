//! Fetches the source of a published crate through cargo's registry.

use super::error::Error;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the folder with the source of the crate `name`, fetching it if necessary.
///
/// Creates a package in `folder` that depends on the crate.
pub(crate) fn source(name: &str, version: &str, folder: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let dependency = format!("[dependencies.annotated]\npackage = \"{name}\"\nversion = \"={version}\"\n");
    let package = "[package]\nname = \"fetched\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n";
    fs::write(folder.join("Cargo.toml"), format!("{package}{dependency}"))?;
    let output = Command::new("cargo").args(["metadata", "--format-version", "1"]).current_dir(folder).output()?;
    if !output.status.success() {
        return Err(Error::Cargo(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    manifest_path(&output.stdout, name)
        .and_then(|path| path.parent().map(Path::to_owned))
        .ok_or_else(|| Error::Cargo(format!("`cargo metadata` lists no package `{name}`")))
}

/// Returns the manifest path of the dependency `name` from the output of `cargo metadata`.
fn manifest_path(metadata: &[u8], name: &str) -> Option<PathBuf> {
    let metadata = serde_json::from_slice::<Value>(metadata).ok()?;
    let packages = metadata.get("packages")?.as_array()?;
    let direct = metadata.pointer("/resolve/nodes")?.as_array()?.iter().flat_map(|node| node["deps"].as_array());
    let id = direct.flatten().find(|dependency| dependency["name"] == "annotated")?.get("pkg")?;
    let package = packages.iter().find(|package| package["id"] == *id && package["name"] == name)?;
    package["manifest_path"].as_str().map(PathBuf::from)
}
