//! A canary by which `ops-core` detects linkers that drop unreferenced link-time registrations.
//!
//! The linker includes a member of a static library only if one of its symbols is referenced. The object files of one
//! crate reference each other, so the canary needs its own crate, and thereby its own object file. The linker drops it
//! whenever it can drop other registrations, and keeps it when it keeps all of them.
#![no_std]

/// Defines the canary in the given section of each object format.
#[rustfmt::skip] // rustfmt indents a list in an attribute further on every run.
macro_rules! canary {
    ($elf:literal, $apple:literal, $windows:literal, $illumos:literal) => {
        /// The section of the canary on ELF, Apple, Windows and illumos targets.
        ///
        /// `ops-core` verifies at compile time that it reads the same sections. Using this constant does not reference the
        /// canary's symbol.
        pub const SECTIONS: [&str; 4] = [$elf, $apple, $windows, $illumos];

        /// The canary.
        ///
        /// A `&str` contains a pointer that the loader relocates, so its section is writable like those of other
        /// registrations; linkers merge only sections with equal flags.
        #[expect(unsafe_code, reason = "`link_section` is an unsafe attribute")]
        #[used]
        #[cfg_attr(
            any(
                target_os = "android",
                target_os = "freebsd",
                target_os = "fuchsia",
                target_os = "linux",
                target_os = "none",
                target_os = "openbsd",
                target_os = "psp",
            ),
            unsafe(link_section = $elf)
        )]
        #[cfg_attr(any(target_os = "ios", target_os = "macos", target_os = "tvos"), unsafe(link_section = $apple))]
        #[cfg_attr(any(target_os = "uefi", target_os = "windows"), unsafe(link_section = $windows))]
        #[cfg_attr(target_os = "illumos", unsafe(link_section = $illumos))]
        static CANARY: &str = env!("CARGO_PKG_NAME");
    };
}

canary! {
    "linkme_OPS_CANARY",
    "__DATA,__linkmeH6Rpwu4b,regular,no_dead_strip",
    ".linkme_OPS_CANARY$b",
    "set_linkme_OPS_CANARY"
}
