//! Each row of the table in `ops/src/guide/libraries.md`, with each profile and each linker.

use ops_linking_tests::{c_program, cargo_rustc, cargo_rustc_errors, run};
use std::fmt::{self, Display};
use std::fs;
use std::path::{Path, PathBuf};

/// Cargo arguments for the programs whose service is a Rust shared library (`dylib`).
const SPLIT: [&str; 4] = ["-p", "linking-split", "--features", "programs"];

const LINKERS: [&str; 4] = ["bfd", "gold", "lld", "mold"];

/// Registrations of all crates of the service.
const WHOLE: &str = "\
metric orders_total
metric place_order_duration_seconds
metric place_order_in_flight
metric place_order_total
metric queued
metric refund_pay_duration_seconds
metric refunds_total
check queue
check refunds.bank
";

/// Registrations of the library of the service.
const LIBRARY: &str = "\
metric orders_total
metric place_order_duration_seconds
metric place_order_in_flight
metric place_order_total
metric refund_pay_duration_seconds
metric refunds_total
check refunds.bank
";

/// Error message when the linker omitted members of a static library.
const ARCHIVE_MEMBERS: &str = "cannot find all metrics and health checks: the program was linked with a static library, and the \
    linker left out the members that nothing references; link the library with `--whole-archive` (Apple: `-force_load`, MSVC: \
    `/WHOLEARCHIVE`), or build it with `lto = \"fat\"`";

/// A row of the table.
struct Row {
    /// Program.
    program: &'static str,
    /// Linker and options.
    linked: &'static str,
    registrations: Registrations,
    /// Builds and runs all variants of the program. Returns the name and the output of each.
    variants: fn() -> Vec<(String, String)>,
}

/// Expected registrations of a program.
enum Registrations {
    /// Complete. The program prints this.
    Complete(&'static str),
    /// Possibly incomplete: the server refuses to start with this error.
    Error(fn() -> String),
    /// Incomplete, and not detected. The program prints this.
    Lost(&'static str),
}

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registrations = match self.registrations {
            Registrations::Complete(_) => "complete",
            Registrations::Error(_) => "error at the start",
            Registrations::Lost(_) => "lost, not detected",
        };
        writeln!(f, "| {} | {} | {registrations} |", self.program, self.linked)
    }
}

const ROWS: [Row; 12] = [
    Row {
        program: "an executable",
        linked: "Cargo; any profile, any linker",
        registrations: Registrations::Complete(WHOLE),
        variants: executables,
    },
    Row {
        program: "an executable with a dependency that it refers to only by `ops::link!`",
        linked: "Cargo",
        registrations: Registrations::Complete(LIBRARY),
        variants: || vec![(String::new(), run(&binary("linking-program", "linking-linked")))],
    },
    Row {
        program: "an executable with a dependency that it never refers to",
        linked: "Cargo",
        registrations: Registrations::Lost(""),
        variants: || vec![(String::new(), run(&binary("linking-program", "linking-unnamed")))],
    },
    Row {
        program: "a `cdylib`, in a C program that loads it",
        linked: "Cargo; any profile, any linker",
        registrations: Registrations::Complete(WHOLE),
        variants: cdylibs,
    },
    Row {
        program: "a `cdylib` beside other ones with `ops` in them",
        linked: "Cargo",
        registrations: Registrations::Complete(WHOLE),
        variants: cdylib_beside_another,
    },
    Row {
        program: "a `staticlib` in a C program",
        linked: "`cc`; any linker, with `lto = \"thin\"` or without LTO",
        registrations: Registrations::Error(|| ARCHIVE_MEMBERS.to_owned()),
        variants: || staticlibs(&[DEV, RELEASE, THIN], &[]),
    },
    Row {
        program: "a `staticlib` in a C program",
        linked: "`cc`; any linker, with `lto = \"fat\"`",
        registrations: Registrations::Complete(WHOLE),
        variants: || staticlibs(&[FAT], &[]),
    },
    Row {
        program: "a `staticlib` in a C program",
        linked: "`cc -Wl,--whole-archive`; any linker, any profile",
        registrations: Registrations::Complete(WHOLE),
        variants: || staticlibs(&[DEV, RELEASE, THIN, FAT], &["-Wl,--whole-archive"]),
    },
    Row {
        program: "a `staticlib` in a C program",
        linked: "`cc -Wl,--whole-archive -Wl,--gc-sections`; any linker, any profile",
        registrations: Registrations::Complete(WHOLE),
        variants: || staticlibs(&[DEV, RELEASE, THIN, FAT], &["-Wl,--whole-archive", "-Wl,--gc-sections"]),
    },
    Row {
        program: "a `dylib` with everything that is annotated",
        linked: "Cargo; any linker",
        registrations: Registrations::Complete(WHOLE),
        variants: || dylibs("linking-plain"),
    },
    Row {
        program: "a `dylib`, with annotated items in the program too",
        linked: "Cargo; any linker",
        registrations: Registrations::Error(other_image),
        variants: || dylibs("linking-split"),
    },
    Row {
        program: "the same, after its section headers were removed (`sstrip`, `upx`)",
        linked: "Cargo",
        registrations: Registrations::Lost(WHOLE),
        variants: dylib_without_section_headers,
    },
];

/// Cargo arguments that select a profile.
type Profile = &'static [&'static str];
const DEV: Profile = &["--profile", "dev"];
const RELEASE: Profile = &["--profile", "release"];
const THIN: Profile = &["--profile", "release", "--config", "profile.release.lto=\"thin\""];
const FAT: Profile = &["--profile", "dist"];

#[test]
fn page_has_the_rows_of_this_test() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ops/src/guide/libraries.md")).unwrap();
    let table =
        ROWS.iter().fold("| program | linked by | registrations |\n|---|---|---|\n".to_owned(), |table, row| {
            table + &row.to_string()
        });
    assert!(page.contains(&table), "ops/src/guide/libraries.md lacks this table:\n{table}");
    for message in [ARCHIVE_MEMBERS.to_owned(), other_image_of("/srv/shop", "/srv/libshop.so")] {
        assert!(
            page.replace('\n', " ").contains(&message),
            "ops/src/guide/libraries.md lacks this message:\n{message}"
        );
    }
}

#[test]
fn registrations_match_the_page() {
    let mut wrong = Vec::new();
    for row in ROWS {
        for (variant, printed) in (row.variants)() {
            let holds = match &row.registrations {
                Registrations::Complete(all) => printed == *all,
                Registrations::Error(error) => printed.lines().any(|line| line == format!("error {}", error())),
                Registrations::Lost(rest) => printed == *rest,
            };
            if !holds {
                wrong.push(format!("{row}{variant}:\n{printed}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn server_does_not_start_if_registrations_may_be_missing() {
    let library = library("linking-server", DEV, "staticlib");
    let program = c_program("main.c", &[library.as_os_str()]);
    assert_eq!(program.run(&[]), format!("{ARCHIVE_MEMBERS}\n"));
    let whole =
        c_program("main.c", &["-Wl,--whole-archive".as_ref(), library.as_os_str(), "-Wl,--no-whole-archive".as_ref()]);
    assert_eq!(whole.run(&[]), "ok\n");
}

#[test]
fn rustc_lint_reports_unreferenced_dependency() {
    let arguments = ["-p", "linking-program", "--bin", "linking-unnamed", "--", "-D", "unused_crate_dependencies"];
    let errors = cargo_rustc_errors(&arguments);
    assert!(errors.contains("extern crate `linking_library` is unused in crate `linking_unnamed`"), "{errors}");
}

/// Returns the profiles and linkers for programs that Cargo links.
///
/// Fat LTO is tested with one linker only, as it merges all crates into one object file.
fn cargo_variants() -> impl Iterator<Item = (Profile, &'static str)> {
    LINKERS.into_iter().map(|linker| (DEV, linker)).chain([(RELEASE, "lld"), (FAT, "lld")])
}

fn executables() -> Vec<(String, String)> {
    let program = |profile: Profile, linker: &str| {
        let linker = format!("link-arg=-fuse-ld={linker}");
        let arguments = [&["-p", "linking-program", "--bin", "linking-whole"], profile, &["--", "-C", &linker]];
        run(&cargo_rustc(&arguments.concat()))
    };
    cargo_variants().map(|(profile, linker)| (format!("{profile:?} {linker}"), program(profile, linker))).collect()
}

fn cdylibs() -> Vec<(String, String)> {
    let host = c_program("load.c", &[] as &[&str]);
    let program = |profile: Profile, linker: &str| {
        let linker = format!("link-arg=-fuse-ld={linker}");
        let arguments = [&["-p", "linking-service", "--crate-type", "cdylib"], profile, &["--", "-C", &linker]];
        host.run(&[&cargo_rustc(&arguments.concat())])
    };
    cargo_variants().map(|(profile, linker)| (format!("{profile:?} {linker}"), program(profile, linker))).collect()
}

/// Loads the service next to a second `cdylib` that has annotations but no entry point.
fn cdylib_beside_another() -> Vec<(String, String)> {
    let host = c_program("load.c", &[] as &[&str]);
    let (service, library) = (library("linking-service", DEV, "cdylib"), library("linking-library", DEV, "cdylib"));
    vec![
        ("service loaded first".to_owned(), host.run(&[&service, &library])),
        ("service loaded last".to_owned(), host.run(&[&library, &service])),
    ]
}

fn staticlibs(profiles: &[Profile], options: &[&str]) -> Vec<(String, String)> {
    let mut variants = Vec::new();
    for profile in profiles {
        let library = library("linking-service", profile, "staticlib");
        for linker in LINKERS {
            let linker = format!("-fuse-ld={linker}");
            let library = [library.to_str().unwrap(), "-Wl,--no-whole-archive"];
            let program = c_program("main.c", &[&[linker.as_str()], options, &library].concat());
            variants.push((format!("{profile:?} {linker}"), program.run(&[])));
        }
    }
    variants
}

fn dylibs(program: &str) -> Vec<(String, String)> {
    let linked_by = |linker: &str| {
        let linker = format!("link-arg=-fuse-ld={linker}");
        run(&cargo_rustc(&[&SPLIT[..], &["--bin", program, "--", "-C", &linker]].concat()))
    };
    LINKERS.map(|linker| (linker.to_owned(), linked_by(linker))).into()
}

fn dylib_without_section_headers() -> Vec<(String, String)> {
    let program = split_program();
    let stripped = program.with_file_name("linking-split-without-section-headers");
    fs::copy(&program, &stripped).unwrap();
    let mut bytes = fs::read(&stripped).unwrap();
    // Clears `e_shoff`, `e_shentsize`, `e_shnum` and `e_shstrndx` in the ELF64 header.
    bytes[0x28..0x30].fill(0);
    bytes[0x3a..0x40].fill(0);
    fs::write(&stripped, bytes).unwrap();
    let printed = run(&stripped);
    fs::remove_file(stripped).unwrap();
    vec![(String::new(), printed)]
}

/// Builds a `cdylib` or `staticlib`.
fn library(package: &str, profile: Profile, crate_type: &str) -> PathBuf {
    cargo_rustc(&[&["-p", package, "--crate-type", crate_type], profile].concat())
}

/// Builds an executable with the default profile.
fn binary(package: &str, name: &str) -> PathBuf {
    cargo_rustc(&["-p", package, "--bin", name])
}

/// Builds the annotated program that links its service as a shared library.
fn split_program() -> PathBuf {
    cargo_rustc(&[&SPLIT[..], &["--bin", "linking-split"]].concat())
}

/// Returns the error message for the registration in the program.
fn other_image() -> String {
    let program = split_program();
    let folder = program.parent().unwrap();
    other_image_of(program.to_str().unwrap(), folder.join("liblinking_dylib.so").to_str().unwrap())
}

fn other_image_of(program: &str, library: &str) -> String {
    format!(
        "cannot find all metrics and spans: 1 registration is in `{program}`, and `ops-core` is in `{library}`, whose registry \
         covers only its own image; link all annotated crates into one image: as `rlib` instead of `dylib`, without \
         `-C prefer-dynamic`"
    )
}
