//! A link-time registration that no code references, by which `ops-core` detects a linker that drops such registrations.
//!
//! The linker takes a member of a static library only if something references one of its symbols. The object files of one
//! crate reference each other, so the canary has a crate, and with it an object file, of its own. It is dropped wherever
//! another registration can be, and kept where all of them are.
#![no_std]

/// Defines the canary in a section, named here for each object format.
#[rustfmt::skip] // It indents a list in an attribute without end.
macro_rules! canary {
    ($elf:literal, $apple:literal, $windows:literal, $illumos:literal) => {
        /// The section of the canary on ELF, Apple, Windows and illumos targets.
        ///
        /// `ops-core` compares them with those in which it looks, at compile time. A constant is no reference for the linker.
        pub const SECTIONS: [&str; 4] = [$elf, $apple, $windows, $illumos];

        /// The canary. A text is a pointer, which the loader relocates: as in other registrations, the section is writable,
        /// and linkers merge only sections of equal flags.
        #[expect(unsafe_code, reason = "a registration is a static in a section of a given name")]
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
