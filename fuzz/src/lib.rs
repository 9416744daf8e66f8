//! What the targets share.

pub mod protobuf;
