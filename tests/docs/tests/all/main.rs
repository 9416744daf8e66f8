//! Tests of the rules for texts with small examples, and the check of this workspace.

mod rules;
mod workspace;
