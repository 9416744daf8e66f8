//! Macros that place a static in the linker section of a distributed slice.
//!
//! They replace the attribute of `linkme`, whose expansion would dominate the compile time of an annotated function. The
//! section names of `linkme` are repeated here, and verified against it when this crate is compiled.

use super::slices::{OPS_CANARY, OPS_FUNCTIONS, OPS_METRICS, OPS_SPANS};
use ops_canary::SECTIONS;

/// Defines the macro `$exported`, which places a static in a section; `$dollar` stands for `$`.
#[rustfmt::skip] // rustfmt indents a macro in a macro further on every run.
macro_rules! element {
    ($dollar:tt $exported:ident $($section:tt)*) => {
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $exported {
            ($dollar ($dollar item:tt)*) => {
                #[used]
                #[$($section)*]
                $dollar ($dollar item)*
            };
        }
    };
}

/// Asserts at compile time that these are the sections that `linkme` reads for `$slice`.
#[rustfmt::skip] // rustfmt indents a macro in a macro further on every run.
macro_rules! compare_sections {
    ($dollar:tt $slice:ident $elf:expr, $apple:expr, $windows:expr, $illumos:expr) => {
        const _: () = {
            macro_rules! compare {
                (
                    #![linkme_linux_section = $dollar linux:expr]
                    #![linkme_macho_section = $dollar apple:expr]
                    #![linkme_windows_section = $dollar windows:expr]
                    #![linkme_illumos_section = $dollar illumos:expr]
                    #![linkme_bsd_section = $dollar bsd:expr]
                    $dollar item:item
                ) => {
                    const _: () = {
                        assert!(is($elf, $dollar linux) && is($elf, $dollar bsd));
                        assert!(is($apple, $dollar apple));
                        assert!(is($windows, $dollar windows));
                        assert!(is($illumos, $dollar illumos));
                    };
                };
            }
            $slice! {
                #![linkme_macro = compare]
                const _: () = ();
            }
        };
    };
}

/// Defines the macro that adds a static to `$slice`; `$dollar` stands for `$`.
///
/// The `cfg` of the target is evaluated here once, rather than in each expansion.
#[rustfmt::skip] // rustfmt indents a macro in a macro further on every run.
macro_rules! elements {
    (
        $dollar:tt $slice:ident $exported:ident as $name:ident:
        $elf:literal $apple:literal $windows:literal $illumos:literal
    ) => {
        #[cfg(any(
            target_os = "android",
            target_os = "freebsd",
            target_os = "fuchsia",
            target_os = "linux",
            target_os = "none",
            target_os = "openbsd",
            target_os = "psp",
        ))]
        element! { $dollar $exported unsafe(link_section = $elf) }
        #[cfg(any(target_os = "ios", target_os = "macos", target_os = "tvos"))]
        element! { $dollar $exported unsafe(link_section = $apple) }
        #[cfg(any(target_os = "uefi", target_os = "windows"))]
        element! { $dollar $exported unsafe(link_section = $windows) }
        #[cfg(target_os = "illumos")]
        element! { $dollar $exported unsafe(link_section = $illumos) }
        pub use $exported as $name;

        compare_sections! { $dollar $slice $elf, $apple, $windows, $illumos }
    };
}

elements! {
    $ OPS_METRICS __ops_metric_element as metric_element:
    "linkme_OPS_METRICS" "__DATA,__linkmentK7xuVB,regular,no_dead_strip" ".linkme_OPS_METRICS$b" "set_linkme_OPS_METRICS"
}

elements! {
    $ OPS_FUNCTIONS __ops_function_element as function_element:
    "linkme_OPS_FUNCTIONS" "__DATA,__linkmedABM37t9,regular,no_dead_strip" ".linkme_OPS_FUNCTIONS$b" "set_linkme_OPS_FUNCTIONS"
}

elements! {
    $ OPS_SPANS __ops_span_element as span_element:
    "linkme_OPS_SPANS" "__DATA,__linkme3fe54MGo,regular,no_dead_strip" ".linkme_OPS_SPANS$b" "set_linkme_OPS_SPANS"
}

compare_sections! { $ OPS_CANARY SECTIONS[0], SECTIONS[1], SECTIONS[2], SECTIONS[3] }

/// Returns `true` if the strings are equal; `==` is not `const`.
#[allow(dead_code, reason = "Rust 1.85 does not detect uses in nested anonymous constants")]
const fn is(ours: &str, theirs: &str) -> bool {
    let (ours, theirs) = (ours.as_bytes(), theirs.as_bytes());
    let mut at = 0;
    while at < ours.len() && at < theirs.len() && ours[at] == theirs[at] {
        at += 1;
    }
    at == ours.len() && at == theirs.len()
}
