//! Source files by path, read from disk or defined by a test.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Source texts by path, relative to the workspace and separated by `/`.
#[derive(Debug, Default)]
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// Returns the text of the file at `path`.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Adds every Rust file in `root.join(folder)` and its subfolders.
    ///
    /// # Errors
    /// Returns an error if a folder or file cannot be read.
    pub fn read(&mut self, root: &Path, folder: &str) -> io::Result<()> {
        for entry in fs::read_dir(root.join(folder))? {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.read(root, &path)?;
            } else if path.ends_with(".rs") {
                self.0.insert(path.clone(), fs::read_to_string(root.join(&path))?);
            }
        }
        Ok(())
    }
}

impl<P: Into<String>, T: Into<String>> FromIterator<(P, T)> for Sources {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        Sources(files.into_iter().map(|(path, text)| (path.into(), text.into())).collect())
    }
}

/// Returns the parent folder of `path`, or an empty string.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins `folder` and `relative`, and resolves `.` and `..`.
pub fn join(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
