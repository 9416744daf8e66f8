//! One option as it is written, and the options that an attribute accepts.

use proc_macro2::{Group, TokenStream};
use syn::Ident;

/// What an attribute accepts.
pub(crate) struct ArgSpec {
    /// As messages call it: `#[metric]` on a static.
    pub attribute: &'static str,
    /// How a name that stands first is written, if one may.
    pub name: Option<&'static str>,
    /// The options, in the order in which messages list them. `crate` is always one more.
    pub options: &'static [&'static str],
}

/// An option and its value.
pub(super) struct Arg {
    pub(super) key: Ident,
    pub(super) value: Value,
}

/// The value of an option.
pub(super) enum Value {
    /// `key`
    Flag,
    /// `key = value`
    Equals(TokenStream),
    /// `key(..)`
    List(Group),
}
