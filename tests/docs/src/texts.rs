//! The text files of the workspace, read from disk or defined by a test.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Extensions of the checked files.
const EXTENSIONS: [&str; 8] = ["json", "md", "py", "rs", "sh", "stderr", "toml", "yml"];

/// The text of each file by its path relative to the workspace, with `/` between its parts.
#[derive(Debug, Default)]
pub struct Texts(BTreeMap<String, String>);

impl Texts {
    /// Reads every text file below `root`, except hidden folders, build output and symbolic links.
    ///
    /// # Errors
    /// If a folder or a file cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut texts = Texts::default();
        texts.read_folder(root, "")?;
        Ok(texts)
    }

    fn read_folder(&mut self, root: &Path, folder: &str) -> io::Result<()> {
        for entry in fs::read_dir(root.join(folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    self.read_folder(root, &path)?;
                }
            } else if kind.is_file()
                && name.rsplit_once('.').is_none_or(|(_, extension)| EXTENSIONS.contains(&extension))
            {
                let bytes = fs::read(root.join(&path))?;
                // Files without an extension may be binary.
                if let Ok(text) = String::from_utf8(bytes) {
                    self.0.insert(path, text);
                }
            }
        }
        Ok(())
    }

    /// Returns the texts whose paths `keep` accepts.
    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Texts {
        Texts(self.0.iter().filter(|(path, _)| keep(path)).map(|(path, text)| (path.clone(), text.clone())).collect())
    }

    /// Returns each path with its text, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Returns the text of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Returns `true` if `path` is a file or a folder.
    pub(crate) fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty() || self.0.contains_key(path) || self.0.keys().any(|file| is_below(file, path))
    }

    /// Returns the files at `path` or below it.
    pub(crate) fn at_or_below(&self, path: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(file, _)| *file == path || is_below(file, path)).map(|(_, text)| text)
    }
}

fn is_below(file: &str, folder: &str) -> bool {
    file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

impl<P: Into<String>, T: Into<String>> FromIterator<(P, T)> for Texts {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        Texts(files.into_iter().map(|(path, text)| (path.into(), text.into())).collect())
    }
}
