//! Parsers for annotated items.
//!
//! They parse only as much as needed: incomplete or newer syntax passes through unchanged.

pub(crate) mod concrete_type;
pub(crate) mod conditional_attributes;
pub(crate) mod doc_comment;
pub(crate) mod function;
pub(crate) mod future_type;
pub(crate) mod impl_block;
pub(crate) mod item;
pub(crate) mod own_attributes;
pub(crate) mod return_type;
