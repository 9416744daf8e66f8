//! Recognizes our other attributes on the same item.
//!
//! With `#[metric]` and `#[instrument_span]` on one function, the attribute that expands first consumes the other.

use crate::common::crate_name::Root;
use crate::common::errors::Errors;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use std::mem;
use syn::{Attribute, Meta};

/// Matcher for our attributes on the same item or inside it.
///
/// A macro sees the path of another attribute but cannot resolve it. `metric` is assumed to be ours; `x::metric` is ours if
/// `x` is the path of this attribute, the name of `ops` or `ops_core`, or the path in `crate = x`. Attributes of both crates may
/// be mixed: the first to expand determines the called crate. A `#[metric]` of another crate must be written with its
/// path.
#[derive(Clone, Default)]
pub(crate) struct OwnAttributes {
    prefixes: Vec<String>,
}

impl OwnAttributes {
    /// Creates the matcher for an attribute with the options `args`.
    pub(crate) fn of(args: &TokenStream) -> Self {
        let mut prefixes = Root::ALL.map(|root| root.default_name().to_owned()).to_vec();
        prefixes.extend(Root::ALL.map(|root| root.crate_name().to_string()));
        prefixes.extend(crate_option(args));
        prefixes.extend(Span::call_site().source_text().and_then(|attribute| prefix(&attribute)));
        OwnAttributes { prefixes }
    }

    /// Removes the attribute `name` from `attrs` and returns the tokens in its parentheses.
    pub(crate) fn take(&self, attrs: &mut Vec<Attribute>, name: &str, errors: &mut Errors) -> Option<TokenStream> {
        let mut taken = None;
        let (own, others) =
            mem::take(attrs).into_iter().partition::<Vec<_>, _>(|attribute| self.is_own(attribute, name));
        *attrs = others;
        for attribute in own {
            if taken.is_some() {
                errors.at(&attribute, format_args!("duplicate attribute `#[{name}]`; remove one of them"));
                continue;
            }
            taken = match attribute.meta {
                Meta::Path(_) => Some(TokenStream::new()),
                Meta::List(list) => Some(list.tokens),
                other => {
                    errors.at(other, format_args!("expected options in parentheses; write `#[{name}(..)]`"));
                    Some(TokenStream::new())
                }
            };
        }
        taken
    }

    /// Returns `true` if `attrs` contain our attribute `name`.
    pub(crate) fn has(&self, attrs: &[Attribute], name: &str) -> bool {
        attrs.iter().any(|attribute| self.is_own(attribute, name))
    }

    /// Removes `#[metric]` and `#[instrument_span]`.
    pub(crate) fn remove(&self, attrs: &mut Vec<Attribute>) {
        attrs.retain(|attribute| !self.is_own(attribute, "metric") && !self.is_own(attribute, "instrument_span"));
    }

    /// Returns `true` if `attribute` is one of our attributes for functions.
    pub(crate) fn is_any(&self, attribute: &Attribute) -> bool {
        ["metric", "instrument_span", "health_check"].iter().any(|name| self.is_own(attribute, name))
    }

    /// Returns `true` if `attribute` is our attribute `name`.
    pub(crate) fn is_own(&self, attribute: &Attribute, name: &str) -> bool {
        let path = attribute.path();
        if path.is_ident(name) {
            return true;
        }
        let written = normal(&path.to_token_stream().to_string());
        let prefix = written.strip_suffix(name).and_then(|prefix| prefix.strip_suffix("::"));
        prefix.is_some_and(|prefix| self.prefixes.iter().any(|ours| ours == prefix))
    }
}

/// Returns `path` of `crate = path`.
fn crate_option(args: &TokenStream) -> Option<String> {
    let mut tokens = args.clone().into_iter().skip_while(|token| token.to_string() != "crate").skip(1);
    tokens.next().filter(|token| token.to_string() == "=")?;
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let path = tokens.take_while(|token| !is_comma(token)).collect::<TokenStream>();
    Some(normal(&path.to_string()))
}

/// Returns `x` of `#[x::metric(..)]`.
fn prefix(attribute: &str) -> Option<String> {
    let attribute = attribute.trim_start_matches(['#', '!', '[', ' ']);
    let path = normal(attribute.split(['(', ']', '=', ',']).next()?);
    path.rsplit_once("::").map(|(prefix, _)| prefix.to_owned())
}

/// Normalizes a path: removes whitespace and leading colons.
fn normal(path: &str) -> String {
    let path = path.chars().filter(|char| !char.is_whitespace()).collect::<String>();
    path.strip_prefix("::").unwrap_or(&path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use syn::parse_quote;

    #[test]
    fn own_attribute_is_recognized_by_its_path() {
        let own = OwnAttributes::of(&quote!(name = "x", crate = crate::inside::renamed));
        let attributes: [Attribute; 6] = [
            parse_quote!(#[metric]),
            parse_quote!(#[ops::metric(skip)]),
            parse_quote!(#[::ops::metric]),
            parse_quote!(#[ops_core::metric]),
            parse_quote!(#[::ops_core::metric(skip)]),
            parse_quote!(#[crate::inside::renamed::metric]),
        ];
        for attribute in &attributes {
            assert!(own.is_own(attribute, "metric"), "{}", attribute.to_token_stream());
        }
        let others: [Attribute; 3] =
            [parse_quote!(#[metriken::metric]), parse_quote!(#[ops::instrument_span]), parse_quote!(#[ops::a_metric])];
        for attribute in &others {
            assert!(!own.is_own(attribute, "metric"), "{}", attribute.to_token_stream());
        }
    }

    #[test]
    fn prefix_is_the_path_of_the_attribute() {
        assert_eq!(prefix("#[operations :: metric(skip)]").as_deref(), Some("operations"));
        assert_eq!(prefix("::a::b::metric").as_deref(), Some("a::b"));
        assert_eq!(prefix("#[metric]"), None);
    }
}
