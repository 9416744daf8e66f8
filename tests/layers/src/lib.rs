//! Analyzes dependencies between crates, folders and files of this workspace, and checks layer rules.
//!
//! A use is a path to an item that another file defines. Paths are resolved as by the compiler: through imports, globs, renames
//! and re-exports, across modules and crates, to the defining file. They are collected from the syntax tree and, without macro
//! expansion, from the tokens of macros. `mod` items and test code are ignored.
//!
//! There is no type inference, so a method call does not count as a use of the file that defines the method. Code that has a value
//! nearly always names its type or calls the function that returned it, and either of these counts.

mod attributes;
mod crates;
mod cycles;
mod declare;
mod graph;
mod imports;
mod layers;
mod resolve;
mod source;
mod tokens;
mod tree;
mod uses;
mod workspace;

pub use crates::{Manifest, crate_violations, hidden_uses};
pub use cycles::{Cycle, Edge, file_cycles, folder_cycles};
pub use layers::{LayerTable, layer_violations, suggest_table};
pub use source::{Sources, folder, join};
pub use uses::UseKind;
pub use workspace::{CrateSource, Use, Workspace};
