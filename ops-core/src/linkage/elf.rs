//! Reads the section headers of an ELF file.

use std::io::{self, Read, Seek, SeekFrom};

/// Maximum size of the section header and string tables, in bytes; real images have a few KiB.
const MAX_TABLE: u64 = 4 << 20;

/// A section of an ELF file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// Section name.
    pub(super) name: String,
    /// Size in bytes.
    pub(super) size: u64,
}

/// Field offsets of the ELF and section headers of one file class.
///
/// See `Elf32_Ehdr`, `Elf32_Shdr`, `Elf64_Ehdr` and `Elf64_Shdr` in elf(5).
struct Layout {
    class: u8,
    address: usize,
    header: usize,
    section_headers: usize,
    entry_size: usize,
    entries: usize,
    names_index: usize,
    offset: usize,
    size: usize,
}

/// Layout of the native file class, the only class that this process can load.
const NATIVE: Layout = if cfg!(target_pointer_width = "64") {
    Layout {
        class: 2,
        address: 8,
        header: 64,
        section_headers: 0x28,
        entry_size: 0x3a,
        entries: 0x3c,
        names_index: 0x3e,
        offset: 0x18,
        size: 0x20,
    }
} else {
    Layout {
        class: 1,
        address: 4,
        header: 52,
        section_headers: 0x20,
        entry_size: 0x2e,
        entries: 0x30,
        names_index: 0x32,
        offset: 0x10,
        size: 0x14,
    }
};

/// Reads the section headers of an ELF file of the native class and byte order.
///
/// # Errors
/// Returns I/O errors, and `InvalidData` for any other file.
pub(super) fn sections(file: &mut (impl Read + Seek)) -> io::Result<Vec<Section>> {
    let header = read_at(file, 0, NATIVE.header as u64)?;
    if !header.starts_with(b"\x7fELF") || header[4] != NATIVE.class {
        return Err(invalid());
    }
    let entry_size = number(&header, NATIVE.entry_size, 2)?;
    let entries = number(&header, NATIVE.entries, 2)?;
    let table = read_at(file, number(&header, NATIVE.section_headers, NATIVE.address)?, entry_size * entries)?;
    if entry_size == 0 {
        return Err(invalid());
    }
    let headers: Vec<&[u8]> = table.chunks_exact(usize::try_from(entry_size).map_err(|_| invalid())?).collect();
    let range = |header: &[u8]| Ok((number(header, NATIVE.offset, NATIVE.address)?, size_of(header)?));
    let names_index = usize::try_from(number(&header, NATIVE.names_index, 2)?).map_err(|_| invalid())?;
    let (offset, size) = headers.get(names_index).ok_or_else(invalid).and_then(|header| range(header))?;
    let names = read_at(file, offset, size)?;
    headers.into_iter().map(|header| Ok(Section { name: name(header, &names)?, size: size_of(header)? })).collect()
}

/// Returns the size field of a section header.
fn size_of(header: &[u8]) -> io::Result<u64> {
    number(header, NATIVE.size, NATIVE.address)
}

/// Looks up the name of a section header in the string table.
fn name(header: &[u8], names: &[u8]) -> io::Result<String> {
    let start = usize::try_from(number(header, 0, 4)?).map_err(|_| invalid())?;
    let name = names.get(start..).and_then(|rest| rest.split(|byte| *byte == 0).next()).ok_or_else(invalid)?;
    Ok(String::from_utf8_lossy(name).into_owned())
}

/// Reads an integer of `width` bytes (at most 8) in native byte order.
fn number(bytes: &[u8], at: usize, width: usize) -> io::Result<u64> {
    let bytes = bytes.get(at..at + width).ok_or_else(invalid)?;
    let mut number = [0; 8];
    let to = if cfg!(target_endian = "big") { 8 - width..8 } else { 0..width };
    number[to].copy_from_slice(bytes);
    Ok(u64::from_ne_bytes(number))
}

/// Reads `length` bytes at `offset`.
fn read_at(file: &mut (impl Read + Seek), offset: u64, length: u64) -> io::Result<Vec<u8>> {
    if length > MAX_TABLE {
        return Err(invalid());
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    let read = file.take(length).read_to_end(&mut bytes)?;
    if read as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn invalid() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not a native ELF file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{METRICS, MetricEntry};
    use std::fs;
    use std::io::Cursor;

    /// Returns the bytes of this test executable.
    fn executable() -> Vec<u8> {
        fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    fn finds_section_of_distributed_slice() {
        let sections = sections(&mut Cursor::new(executable())).unwrap();
        let metrics = sections.iter().find(|section| section.name == "linkme_OPS_METRICS").unwrap();
        assert_eq!(metrics.size, (METRICS.len() * std::mem::size_of::<MetricEntry>()) as u64);
    }

    #[test]
    fn rejects_non_native_files() {
        let mut other_class = executable();
        other_class[4] ^= 3;
        for file in [b"#!/bin/sh".to_vec(), vec![0; 64], other_class] {
            assert!(sections(&mut Cursor::new(file)).is_err());
        }
    }

    #[test]
    fn truncated_and_corrupted_headers_do_not_panic() {
        let mut file = executable();
        let length = file.len();
        for kept in [0, 4, 63, 64, 1000, length - 100_000.min(length), length - 64, length - 1] {
            let _ = sections(&mut Cursor::new(&file[..kept]));
        }
        for at in NATIVE.section_headers..NATIVE.header {
            for value in [0, 1, 0x7f, 0xff] {
                let original = std::mem::replace(&mut file[at], value);
                let _ = sections(&mut Cursor::new(&file));
                file[at] = original;
            }
        }
    }
}
