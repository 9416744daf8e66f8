//! The items under an attribute, read as far as is needed; what is only half typed, or newer than this parser, passes through.

pub(crate) mod concrete_type;
pub(crate) mod conditional_attributes;
pub(crate) mod doc_comment;
pub(crate) mod function;
pub(crate) mod future_type;
pub(crate) mod impl_block;
pub(crate) mod item;
pub(crate) mod own_attributes;
pub(crate) mod return_type;
