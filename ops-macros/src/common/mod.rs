//! What every expansion is built from: errors at tokens, spans, the path of the crate to call, and calls that several
//! attributes make.

pub(crate) mod calls;
pub(crate) mod crate_name;
pub(crate) mod crate_path;
pub(crate) mod errors;
pub(crate) mod spans;
