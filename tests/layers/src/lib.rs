//! Finds which crate, folder and file of this workspace uses which other.
//!
//! A use is a path to an item that another file defines. Paths are resolved as the compiler does it: through imports, globs,
//! renames and re-exports, across modules and crates, down to the file with the definition. They are read from the
//! syntax tree, and from the tokens of macros as far as these can be understood without expanding them. `mod` items
//! and code that only tests compile do not count.
//!
//! Types are not inferred: a method call is no use of the file that defines the method, but whoever has a value names
//! its type, or calls what returned it, nearly always.

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
pub use source::Sources;
pub use uses::UseKind;
pub use workspace::{CrateSource, Use, Workspace};
