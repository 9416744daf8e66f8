//! Checks of the texts in this workspace: rustdoc summaries, spelling, phrases, links and the tests that SECURITY.md cites.

use std::io;
use std::path::Path;

mod citations;
mod finding;
mod links;
mod prose;
mod spelling;
mod summaries;
mod texts;

pub use citations::citations;
pub use finding::Finding;
pub use links::links;
pub use prose::phrases;
pub use spelling::spelling;
pub use summaries::summaries;
pub use texts::Texts;

/// Returns the texts of the workspace at `root` to which the rules apply.
///
/// Excludes this package, which contains the word lists, `tests/contract`, which must not be modified, and the seeds of fuzz targets.
///
/// # Errors
/// If a folder or a file cannot be read.
pub fn workspace(root: &Path) -> io::Result<Texts> {
    let exempt = ["tests/docs/", "tests/contract/", "fuzz/seeds/"];
    Ok(Texts::read(root)?.filter(|path| !exempt.iter().any(|folder| path.starts_with(folder))))
}
