//! Compile time and code size of a generated crate with 1,000 annotated functions.

use crate::progress::Progress;
use crate::result::Measurement;
use crate::row::{Cost, Row};
use crate::subjects::SUBJECTS;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Number of functions in the generated crate; half of them are async.
const FUNCTIONS: usize = 1_000;
/// Number of functions per module.
const MODULE: usize = 25;

/// An attribute or macro that annotates the functions.
struct Annotation {
    /// Name of the subject.
    subject: &'static str,
    /// Attribute of each function.
    attribute: &'static str,
    /// First statement of each body.
    prologue: &'static str,
    /// Form of the early exit in each body.
    rejection: Rejection,
    /// Name in the report.
    call: &'static str,
    /// Dependency line of the manifest.
    dependency: &'static str,
}

/// Forms of a body that returns an error for one argument.
///
/// They are equivalent, but the attributes of `ops` expand them differently.
#[derive(Clone, Copy, PartialEq)]
enum Rejection {
    /// `if .. { return Err(..); } Ok(..)`: a guard clause; the body is left in place.
    GuardClause,
    /// `if .. { Err(..) } else { Ok(..) }`: no early exit; the body is left in place.
    Tail,
    /// `if .. { return Err::<_, _>(..); } Ok(..)`: an early exit; the body is wrapped in a closure.
    EarlyExit,
}

impl Rejection {
    /// Returns the final statements of the body of function `n`.
    fn body(self, n: usize) -> String {
        let value = format!("Ok(x.wrapping_mul({n} + 1))");
        match self {
            Rejection::GuardClause => format!("if x == {n} {{ return Err(y.to_string()); }} {value}"),
            Rejection::Tail => format!("if x == {n} {{ Err(y.to_string()) }} else {{ {value} }}"),
            Rejection::EarlyExit => format!("if x == {n} {{ return Err::<_, _>(y.to_string()); }} {value}"),
        }
    }
}

const OPS: &str = concat!("ops = { path = \"", env!("CARGO_MANIFEST_DIR"), "/../ops\", default-features = false }");

/// `#[ops::metric]` on functions with a guard clause; the base of the other annotations.
const GUARDED: Annotation = Annotation {
    subject: "ops",
    attribute: "#[ops::metric]",
    prologue: "",
    rejection: Rejection::GuardClause,
    call: "#[ops::metric]",
    dependency: OPS,
};

/// Functions with a guard clause, for every attribute.
const ANNOTATIONS: &[Annotation] = &[
    GUARDED,
    SPAN,
    Annotation {
        subject: "tracing",
        attribute: "#[tracing::instrument]",
        call: "#[tracing::instrument]",
        dependency: r#"tracing = { version = "0.1", default-features = false, features = ["attributes", "std"] }"#,
        ..GUARDED
    },
    Annotation {
        subject: "fastrace",
        attribute: "#[fastrace::trace]",
        call: "#[fastrace::trace]",
        dependency: r#"fastrace = { version = "0.7", features = ["enable"] }"#,
        ..GUARDED
    },
    Annotation {
        subject: "autometrics",
        attribute: "#[autometrics::autometrics]",
        call: "#[autometrics::autometrics]",
        dependency: r#"autometrics = { version = "3.0", features = ["prometheus-0_14"] }"#,
        ..GUARDED
    },
    PLAIN,
    Annotation { subject: "limit", prologue: "guard!();", call: "guard!();", ..PLAIN },
];

const SPAN: Annotation =
    Annotation { attribute: "#[ops::instrument_span]", call: "#[ops::instrument_span]", ..GUARDED };

const PLAIN: Annotation = Annotation { subject: "plain", attribute: "", call: "", dependency: "", ..GUARDED };

/// Functions with each kind of body, for the attributes of `ops`.
const BODIES: &[Annotation] = &[
    Annotation { rejection: Rejection::Tail, call: "#[ops::metric], no early exit", ..GUARDED },
    Annotation { call: "#[ops::metric], guard clause", ..GUARDED },
    Annotation { rejection: Rejection::EarlyExit, call: "#[ops::metric], early exit", ..GUARDED },
    Annotation { rejection: Rejection::Tail, call: "#[ops::instrument_span], no early exit", ..SPAN },
    Annotation { call: "#[ops::instrument_span], guard clause", ..SPAN },
    Annotation { rejection: Rejection::EarlyExit, call: "#[ops::instrument_span], early exit", ..SPAN },
    PLAIN,
];

/// Hand-written lower bound: a static, and a guard that records the duration on drop.
const GUARD: &str = r#"
pub struct Site { pub file: &'static str, pub line: u32, pub nanoseconds: std::sync::atomic::AtomicU64 }
pub struct Guard(&'static Site, std::time::Instant);
impl Guard { #[inline] pub fn new(site: &'static Site) -> Self { Guard(site, std::time::Instant::now()) } }
impl Drop for Guard { fn drop(&mut self) { record(self.0, self.1.elapsed()); } }
#[inline(never)]
pub fn record(site: &'static Site, took: std::time::Duration) {
    site.nanoseconds.fetch_add(took.as_nanos() as u64, std::sync::atomic::Ordering::Relaxed);
}
macro_rules! guard { () => {
    static SITE: Site = Site { file: file!(), line: line!(), nanoseconds: std::sync::atomic::AtomicU64::new(0) };
    let _guard = Guard::new(&SITE);
} }
"#;

/// Compiles the crate with every annotation, once per round.
pub(crate) fn measure(row: &Row, cost: Cost, rounds: usize, progress: &Progress) -> Vec<Measurement> {
    let folder = std::env::temp_dir().join(format!("ops-bench-{}", std::process::id()));
    let measured = measure_in(&folder, row, cost, rounds, progress);
    // Best effort: a leftover temporary folder is harmless.
    let _ = fs::remove_dir_all(&folder);
    measured.unwrap_or_else(|error| {
        progress.show(row.name, &format!("not measured: {error}\n"));
        Vec::new()
    })
}

fn measure_in(
    folder: &Path,
    row: &Row,
    cost: Cost,
    rounds: usize,
    progress: &Progress,
) -> Result<Vec<Measurement>, Box<dyn Error>> {
    let mut crates = Vec::new();
    let annotations = if cost == Cost::Bodies { BODIES } else { ANNOTATIONS };
    for (number, annotation) in annotations.iter().enumerate() {
        progress.show(row.name, &format!("preparing {}", annotation.subject));
        let generated = Crate::generate(folder, number, annotation)?;
        generated.compile(cost)?;
        let subject = SUBJECTS
            .iter()
            .find(|subject| subject.name == annotation.subject)
            .ok_or_else(|| format!("unknown subject `{}`", annotation.subject))?;
        crates.push((generated, Measurement::new(subject, annotation.call, 1)));
    }
    if cost == Cost::Text {
        let plain = crates
            .iter()
            .find(|(_, measurement)| measurement.subject.name == "plain")
            .ok_or("no annotation of the subject `plain`")?;
        let plain = plain.0.text()?;
        for (generated, measurement) in &mut crates {
            measurement.samples.push((generated.text()? - plain) / FUNCTIONS as f64);
        }
    } else {
        for round in 1..=rounds {
            progress.show(row.name, &format!("round {round} of {rounds}"));
            for (generated, measurement) in &mut crates {
                measurement.samples.push(generated.compile(cost)?);
            }
        }
    }
    Ok(crates.into_iter().map(|(_, measurement)| measurement).collect())
}

/// A generated crate on disk.
struct Crate {
    folder: PathBuf,
    target: PathBuf,
    name: String,
}

impl Crate {
    fn generate(folder: &Path, number: usize, annotation: &Annotation) -> Result<Crate, Box<dyn Error>> {
        let name = format!("annotated{number}");
        let generated = Crate { folder: folder.join(&name), target: folder.join("target"), name };
        fs::create_dir_all(generated.folder.join("src"))?;
        // Pins the dependencies to the versions of this workspace.
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"), generated.folder.join("Cargo.lock"))?;
        let manifest = format!(
            "[workspace]\n[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n{}\n",
            generated.name, annotation.dependency
        );
        fs::write(generated.folder.join("Cargo.toml"), manifest)?;
        fs::write(generated.folder.join("src/main.rs"), source(annotation)?)?;
        Ok(generated)
    }

    /// Recompiles the crate, and its dependencies on the first call. Returns the duration in nanoseconds.
    fn compile(&self, cost: Cost) -> Result<f64, Box<dyn Error>> {
        let source = self.folder.join("src/main.rs");
        fs::write(&source, fs::read(&source)?)?;
        let mut cargo = Command::new("cargo");
        match cost {
            Cost::Check | Cost::Bodies => cargo.arg("check"),
            Cost::Build | Cost::Text => cargo.args(["build", "--release"]),
        };
        cargo.args(["--offline", "--quiet"]).current_dir(&self.folder).stdout(Stdio::null()).stderr(Stdio::inherit());
        cargo.env("CARGO_TARGET_DIR", &self.target).env("CARGO_INCREMENTAL", "0");
        let started = Instant::now();
        let status = cargo.status()?;
        let took = started.elapsed();
        if status.success() {
            Ok(took.as_nanos() as f64)
        } else {
            Err(format!("cannot compile the generated crate `{}`: cargo failed, {status}", self.name).into())
        }
    }

    /// Returns the size of the section `.text` in bytes.
    fn text(&self) -> Result<f64, Box<dyn Error>> {
        let program = self.target.join("release").join(&self.name);
        let output = Command::new("size").arg("-A").arg(program).output()?;
        let sections = String::from_utf8(output.stdout)?;
        let text = sections.lines().find_map(|line| line.strip_prefix(".text ")?.split_whitespace().next());
        Ok(text.ok_or("cannot read the code size: `size` reported no section `.text`")?.parse()?)
    }
}

/// Generates the source: modules of functions, each called once.
fn source(annotation: &Annotation) -> Result<String, std::fmt::Error> {
    let Annotation { attribute, prologue, rejection, .. } = annotation;
    let mut source = String::from(if prologue.is_empty() { "" } else { GUARD });
    for module in 0..FUNCTIONS / MODULE {
        writeln!(source, "mod module{module} {{\n#[allow(unused_imports)] use super::*;")?;
        let numbers = module * MODULE..(module + 1) * MODULE;
        for n in numbers.clone() {
            // Without an `await`, an async function would compile to a trivial state machine.
            let (keyword, awaits) = if n % 2 == 1 { ("async ", "std::future::ready(()).await;") } else { ("", "") };
            writeln!(
                source,
                "{attribute}\npub {keyword}fn function{n}(x: u64, y: &str) -> Result<u64, String> {{ {prologue} {awaits} \
                 {} }}",
                rejection.body(n)
            )?;
        }
        writeln!(source, "#[inline(never)] pub fn run(x: u64) -> u64 {{ let mut sum = 0_u64;")?;
        for n in numbers {
            let call = format!("function{n}(x, \"a\")");
            let call = if n % 2 == 1 { format!("drive({call})") } else { call };
            writeln!(source, "sum = sum.wrapping_add({call}.unwrap_or(1));")?;
        }
        writeln!(source, "sum }}\n}}")?;
    }
    source.push_str(
        "#[inline(never)] pub fn drive<F: Future>(future: F) -> F::Output {\n\
         let mut future = std::pin::pin!(future);\n\
         let mut context = std::task::Context::from_waker(std::task::Waker::noop());\n\
         loop { if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) { return value; } } }\n\
         fn main() { let x = std::env::args().count() as u64; let mut sum = 0_u64;\n",
    );
    for module in 0..FUNCTIONS / MODULE {
        writeln!(source, "sum = sum.wrapping_add(module{module}::run(x));")?;
    }
    source.push_str("println!(\"{sum}\"); }\n");
    Ok(source)
}
