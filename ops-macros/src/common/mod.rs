//! Building blocks of expansions: errors, spans, the path of the called crate and shared calls.

pub(crate) mod calls;
pub(crate) mod crate_name;
pub(crate) mod crate_path;
pub(crate) mod errors;
pub(crate) mod spans;
