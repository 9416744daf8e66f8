//! Reduces the manifest of an annotated crate to its library and adds the dependency on `ops`.
//!
//! Works line by line: cargo normalizes the manifests of published crates, so that each table starts with a header line.

use super::error::Error;
use std::fs;
use std::path::Path;

/// Rewrites the manifest `file` to depend on the crate in the folder `ops`.
///
/// Keeps dev-dependencies if `is_tested`.
pub(crate) fn rewrite(file: &Path, ops: &Path, is_tested: bool) -> Result<(), Error> {
    let manifest = rewritten(&fs::read_to_string(file)?, ops, is_tested)?;
    Ok(fs::write(file, manifest)?)
}

fn rewritten(manifest: &str, ops: &Path, is_tested: bool) -> Result<String, Error> {
    let edition = manifest.lines().find_map(|line| line.strip_prefix("edition = "));
    if edition.is_none_or(|edition| edition == "\"2015\"") {
        return Err(Error::Edition2015);
    }
    let mut written = String::new();
    let mut is_kept = true;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_kept = is_needed(line.trim_matches(['[', ']']), is_tested);
        }
        if is_kept {
            written.push_str(line);
            written.push('\n');
        }
    }
    let ops = ops.display();
    Ok(format!("{written}\n[dependencies.ops]\npath = \"{ops}\"\ndefault-features = false\n\n[workspace]\n"))
}

fn is_needed(table: &str, is_tested: bool) -> bool {
    let is_for_tests = table.split('.').any(|word| word == "dev-dependencies");
    !matches!(table, "bench" | "bin" | "example" | "test" | "workspace" | "lints" | "badges")
        && !table.starts_with("lints.")
        && (is_tested || !is_for_tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nedition = \"2021\"\n\n[lib]\nname = \"x\"\n\n[[bench]]\nname = \"y\"\n\n\
        [dev-dependencies.z]\nversion = \"1\"\n\n[target.\"cfg(unix)\".dev-dependencies]\n\n[features]\ndefault = []\n";

    #[test]
    fn keeps_the_library_and_adds_ops() {
        let expected = "[package]\nedition = \"2021\"\n\n[lib]\nname = \"x\"\n\n[features]\ndefault = []\n\n\
            [dependencies.ops]\npath = \"/ops\"\ndefault-features = false\n\n[workspace]\n";
        assert_eq!(rewritten(MANIFEST, Path::new("/ops"), false).unwrap(), expected);
    }

    #[test]
    fn keeps_dev_dependencies_for_tests() {
        let manifest = rewritten(MANIFEST, Path::new("/ops"), true).unwrap();
        assert!(manifest.contains("[dev-dependencies.z]\nversion = \"1\"\n") && !manifest.contains("[[bench]]"));
    }

    #[test]
    fn rejects_edition_2015() {
        assert!(matches!(rewritten("[package]\nname = \"x\"\n", Path::new("/ops"), false), Err(Error::Edition2015)));
    }
}
