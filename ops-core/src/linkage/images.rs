//! Finds loaded images (executables, shared libraries) whose registrations the registry cannot read.

use super::elf::{self, Section};
use super::error::LinkageError;
use crate::metric::FunctionMetric;
use crate::registry::{MetricEntry, REGISTRY};
use crate::trace::SpanSite;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::ptr;

/// Link section of [`REGISTRY`].
const REGISTRY_SECTION: &str = "ops_registry";

/// Link sections of registrations, with the size of one registration in bytes.
const SECTIONS: [(&str, usize); 3] = [
    ("linkme_OPS_METRICS", size_of::<MetricEntry>()),
    ("linkme_OPS_FUNCTIONS", size_of::<FunctionMetric>()),
    ("linkme_OPS_SPANS", size_of::<SpanSite>()),
];

/// Returns an error for each loaded image that has registrations but no registry.
///
/// An image with its own registry is complete, such as a plugin that links `ops-core` statically.
pub(super) fn unread() -> Vec<LinkageError> {
    let Ok(maps) = fs::read_to_string("/proc/self/maps") else { return Vec::new() };
    let images = images(&maps);
    let own = ptr::from_ref(&REGISTRY).addr();
    let registry = images.iter().find(|(_, ranges)| ranges.iter().any(|range| range.contains(&own)));
    let registry = registry.map(|(path, _)| PathBuf::from(path));
    // Opening a device file can have side effects.
    let files = images.keys().filter(|path| path.is_file());
    let unread = files.filter_map(|path| {
        let sections = elf::sections(&mut File::open(path).ok()?).ok()?;
        let missing = missing(&sections);
        (missing > 0).then(|| LinkageError::OtherImage { path: path.into(), registry: registry.clone(), missing })
    });
    unread.collect()
}

/// Returns the number of unreadable registrations of an image: 0 if it has its own registry.
fn missing(sections: &[Section]) -> u64 {
    if sections.iter().any(|section| section.name == REGISTRY_SECTION) {
        return 0;
    }
    let registrations = sections.iter().filter_map(|section| {
        let (_, size) = SECTIONS.iter().find(|(name, _)| *name == section.name)?;
        Some(section.size / *size as u64)
    });
    registrations.sum()
}

/// Parses `/proc/self/maps` into the files with executable mappings and all their address ranges.
fn images(maps: &str) -> BTreeMap<&Path, Vec<Range<usize>>> {
    let mut images = BTreeMap::<_, (bool, Vec<_>)>::new();
    for (range, executable, path) in maps.lines().filter_map(mapping) {
        let (is_executable, ranges) = images.entry(path).or_default();
        *is_executable |= executable;
        ranges.push(range);
    }
    let images = images.into_iter().filter(|(_, (is_executable, _))| *is_executable);
    images.map(|(path, (_, ranges))| (path, ranges)).collect()
}

/// Parses a line of `/proc/self/maps`; `None` if it is not a file mapping.
///
/// Example: `7f00-7f08 r-xp 00001000 08:01 1234  /usr/lib/libc.so.6`.
fn mapping(line: &str) -> Option<(Range<usize>, bool, &Path)> {
    let path = &line[line.find('/')?..];
    let mut fields = line.split(' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let address = |digits| usize::from_str_radix(digits, 16).ok();
    Some((address(start)?..address(end)?, fields.next()?.contains('x'), Path::new(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(name: &str, size: usize) -> Section {
        Section { name: name.to_owned(), size: size as u64 }
    }

    #[test]
    fn images_are_files_with_an_executable_mapping() {
        let maps = "\
1000-2000 r--p 00000000 08:01 11                         /usr/bin/service
2000-3000 r-xp 00001000 08:01 11                         /usr/bin/service
3000-4000 rw-p 00000000 00:00 0                          [heap]
5000-6000 r--p 00000000 08:01 12                         /var/lib/my data
7000-8000 r-xp 00000000 08:01 13                         /usr/lib/my plugin.so
8000-9000 rw-p 00001000 08:01 13                         /usr/lib/my plugin.so
9000-a000 r-xp 00000000 00:00 0                          [vdso]
";
        let service = (Path::new("/usr/bin/service"), vec![0x1000..0x2000, 0x2000..0x3000]);
        let plugin = (Path::new("/usr/lib/my plugin.so"), vec![0x7000..0x8000, 0x8000..0x9000]);
        assert_eq!(images(maps), BTreeMap::from([service, plugin]));
    }

    #[test]
    fn malformed_lines_are_skipped() {
        assert_eq!(images("\n/\n- /x\nzz-zz r-xp 0 0 0 /x\n1000-2000\n1000 r-xp /x\n"), BTreeMap::new());
    }

    #[test]
    fn registrations_without_a_registry_are_missing() {
        let [metrics, functions, spans] = SECTIONS.map(|(name, size)| section(name, 2 * size));
        let mut sections = vec![metrics, section(".text", 4096), functions, spans];
        assert_eq!(missing(&sections), 6);
        sections.push(section(REGISTRY_SECTION, 1));
        assert_eq!(missing(&sections), 0);
    }

    #[test]
    fn single_image_program_has_no_errors() {
        assert_eq!(unread(), []);
    }
}
