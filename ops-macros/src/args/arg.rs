//! A parsed option and the specification of the options that an attribute accepts.

use proc_macro2::{Group, TokenStream};
use syn::Ident;

/// Options that an attribute accepts.
pub(crate) struct ArgSpec {
    /// Name of the attribute in messages, such as "`#[metric]` on a static".
    pub attribute: &'static str,
    /// Example of the attribute with a positional name; `None` if it takes none.
    pub name: Option<&'static str>,
    /// Accepted options, in the order of messages. `crate` is always accepted too.
    pub options: &'static [&'static str],
}

/// A parsed option: its key and value.
pub(super) struct Arg {
    pub(super) key: Ident,
    pub(super) value: Value,
}

/// Value of an option, by its syntax.
pub(super) enum Value {
    /// `key`
    Flag,
    /// `key = value`
    Equals(TokenStream),
    /// `key(..)`
    List(Group),
}
