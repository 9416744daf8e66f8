//! `#[metric]` and `#[instrument_span]` on one function: whichever runs first takes the other.

use crate::errors::Errors;
use proc_macro2::TokenStream;
use syn::{Attribute, Meta};

/// Takes the attribute `name` off `attrs`, and gives what stands in its parentheses.
pub(crate) fn take(attrs: &mut Vec<Attribute>, name: &str, errors: &mut Errors) -> Option<TokenStream> {
    let mut taken = None;
    for attribute in attrs.extract_if(.., |attribute| is(attribute, name)) {
        if taken.is_some() {
            errors.at(&attribute, format_args!("`#[{name}]` is there twice"));
            continue;
        }
        taken = match attribute.meta {
            Meta::Path(_) => Some(TokenStream::new()),
            Meta::List(list) => Some(list.tokens),
            other => {
                errors.at(other, format_args!("options stand in parentheses: write `#[{name}(..)]`"));
                Some(TokenStream::new())
            }
        };
    }
    taken
}

/// Whether the attribute `name` is there.
pub(crate) fn has(attrs: &[Attribute], name: &str) -> bool {
    attrs.iter().any(|attribute| is(attribute, name))
}

/// Takes both off.
pub(crate) fn remove(attrs: &mut Vec<Attribute>) {
    attrs.retain(|attribute| !is(attribute, "metric") && !is(attribute, "instrument_span"));
}

/// By the last word of its path, as it may be written `ops::metric`, `metric` or under another name of the crate.
pub(super) fn is(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
}
