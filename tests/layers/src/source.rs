//! Source files by their path, read from disk or written down in a test.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The text of each file by its path relative to the workspace, with `/` between its parts.
#[derive(Debug, Default)]
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// Returns the text of the file at `path`.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Adds every Rust file below `root.join(folder)`.
    ///
    /// # Errors
    /// If a folder or a file cannot be read.
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

/// Returns the folder of `path`, empty for a path without one.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins `relative` to `folder`, where `relative` may have `.` and `..` parts.
pub(crate) fn join(folder: &str, relative: &str) -> String {
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
