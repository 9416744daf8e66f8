//! Memory use of this process.

/// Returns the resident set size (RSS) in KiB.
///
/// # Panics
/// Panics if `/proc/self/status` is unavailable.
pub fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("`/proc/self/status` must be readable");
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("`/proc/self/status` must contain `VmRSS`");
    line.trim().trim_end_matches(" kB").parse().expect("`VmRSS` must be a number")
}
