//! The attributes and derives of `ops`: syntax in, tokens out.
#![forbid(unsafe_code)]
