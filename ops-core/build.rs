//! An empty build script, which the key `links` in `Cargo.toml` requires.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
