//! Exists because `links = "ops"` asks for a build script: it has nothing to build.
#![expect(clippy::print_stdout, reason = "how a build script speaks to Cargo")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
