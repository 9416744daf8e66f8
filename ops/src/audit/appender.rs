//! Appends lines to a file without leaving partial lines, even if the disk is full.

use std::fs::File;
use std::io::{self, Write};

/// The file operations of an appender, abstracted so that tests can simulate a full disk.
pub(super) trait AppendFile {
    /// Returns the current length, which other processes may have changed.
    fn length(&self) -> io::Result<u64>;

    /// Appends `bytes`. On error, a part of them may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Truncates the file to `length`.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

impl AppendFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// An appender of lines to a file, which keeps no line that was written only in part.
#[derive(Debug)]
pub(super) struct Appender<F> {
    file: F,
    /// Offset of a partially written line that could not be removed yet.
    torn: Option<u64>,
}

impl<F: AppendFile> Appender<F> {
    /// Creates an appender to `file`, which must end with a complete line.
    pub(super) fn new(file: F) -> Self {
        Appender { file, torn: None }
    }

    /// Returns the file.
    pub(super) fn file(&self) -> &F {
        &self.file
    }

    /// Appends `line`.
    ///
    /// # Errors
    /// If the line was not written completely. A partial line is removed immediately or, if that fails, before the next one.
    pub(super) fn append(&mut self, line: &str) -> io::Result<()> {
        self.remove_torn_line()?;
        // Queried each time: if another process has truncated the file, restoring a stale length would extend it.
        let end = self.file.length()?;
        if let Err(error) = self.file.append(line.as_bytes()) {
            self.torn = Some(end);
            // On error, the next append retries.
            let _ = self.remove_torn_line();
            return Err(error);
        }
        Ok(())
    }

    /// Removes a partially written line, which would break the chain.
    fn remove_torn_line(&mut self) -> io::Result<()> {
        if let Some(start) = self.torn {
            if self.file.length()? > start {
                self.file.truncate(start)?;
            }
            self.torn = None;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file on a disk with a capacity of a few bytes.
    #[derive(Default)]
    struct SmallDisk {
        content: Vec<u8>,
        capacity: usize,
        is_read_only: bool,
    }

    impl AppendFile for SmallDisk {
        fn length(&self) -> io::Result<u64> {
            Ok(self.content.len() as u64)
        }

        fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
            let room = self.capacity.saturating_sub(self.content.len()).min(bytes.len());
            self.content.extend_from_slice(&bytes[..room]);
            if room == bytes.len() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
        }

        fn truncate(&mut self, length: u64) -> io::Result<()> {
            if self.is_read_only {
                return Err(io::ErrorKind::ReadOnlyFilesystem.into());
            }
            self.content.resize(usize::try_from(length).unwrap(), 0);
            Ok(())
        }
    }

    fn appender(capacity: usize) -> Appender<SmallDisk> {
        Appender::new(SmallDisk { capacity, ..SmallDisk::default() })
    }

    #[test]
    fn full_disk_leaves_only_complete_lines() {
        for capacity in 5..10 {
            let mut appender = appender(capacity);
            appender.append("one\n").unwrap();
            assert_eq!(appender.append("three\n").unwrap_err().kind(), io::ErrorKind::StorageFull);
            assert_eq!(appender.file.content, b"one\n");
            appender.file.capacity = 100;
            appender.append("two\n").unwrap();
            assert_eq!(appender.file.content, b"one\ntwo\n");
        }
    }

    #[test]
    fn full_disk_after_truncation_does_not_extend_the_file() {
        for capacity in 0..6 {
            let mut appender = appender(100);
            appender.append("a long line that is written first\n").unwrap();
            appender.file.content.clear();
            appender.file.capacity = capacity;
            appender.append("three\n").unwrap_err();
            assert_eq!(appender.file.content, b"", "{capacity}");
            appender.file.capacity = 100;
            appender.append("two\n").unwrap();
            assert_eq!(appender.file.content, b"two\n");
        }
    }

    #[test]
    fn torn_line_that_cannot_be_removed_is_removed_before_the_next_line() {
        let mut appender = appender(6);
        appender.append("one\n").unwrap();
        appender.file.is_read_only = true;
        assert_eq!(appender.append("two\n").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(appender.append("two\n").unwrap_err().kind(), io::ErrorKind::ReadOnlyFilesystem);
        assert_eq!(appender.file.content, b"one\ntw");
        (appender.file.is_read_only, appender.file.capacity) = (false, 100);
        appender.append("two\n").unwrap();
        assert_eq!(appender.file.content, b"one\ntwo\n");
    }

    #[test]
    fn truncation_before_a_torn_line_is_removed_does_not_extend_the_file() {
        let mut appender = appender(6);
        appender.append("one\n").unwrap();
        appender.file.is_read_only = true;
        appender.append("two\n").unwrap_err();
        (appender.file.is_read_only, appender.file.capacity) = (false, 100);
        appender.file.content.clear();
        appender.append("two\n").unwrap();
        assert_eq!(appender.file.content, b"two\n");
    }
}
