//! The rules for texts on small examples, and on this workspace.

mod rules;
mod workspace;
