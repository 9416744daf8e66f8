//! Our other attributes on the same item: of `#[metric]` and `#[instrument_span]` on one function, the one that expands
//! first takes the other.

use crate::common::crate_name::Root;
use crate::common::errors::Errors;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use std::mem;
use syn::{Attribute, Meta};

/// Tells which attributes on the same item, or inside it, are ours.
///
/// An expansion sees how another attribute is written, not what it means. `metric` alone is taken to be ours; `x::metric` is ours
/// where `x` is the path that this attribute itself was written with, the name of `ops` or of `ops_core`, or the path in
/// `crate = x`. The two may be mixed: the attribute that expands first decides which crate the expansion calls. Another
/// crate's `#[metric]` is left alone if it is written with its path.
#[derive(Clone, Default)]
pub(crate) struct OwnAttributes {
    prefixes: Vec<String>,
}

impl OwnAttributes {
    /// Our attributes beside one that has the options `args`.
    pub(crate) fn of(args: &TokenStream) -> Self {
        let mut prefixes = Root::ALL.map(|root| root.default_name().to_owned()).to_vec();
        prefixes.extend(Root::ALL.map(|root| root.crate_name().to_string()));
        prefixes.extend(crate_option(args));
        prefixes.extend(Span::call_site().source_text().and_then(|attribute| prefix(&attribute)));
        OwnAttributes { prefixes }
    }

    /// Removes the attribute `name` from `attrs`, and returns the tokens in its parentheses.
    pub(crate) fn take(&self, attrs: &mut Vec<Attribute>, name: &str, errors: &mut Errors) -> Option<TokenStream> {
        let mut taken = None;
        let (own, others) =
            mem::take(attrs).into_iter().partition::<Vec<_>, _>(|attribute| self.is_own(attribute, name));
        *attrs = others;
        for attribute in own {
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

    /// Returns whether the attribute `name` is in `attrs`.
    pub(crate) fn has(&self, attrs: &[Attribute], name: &str) -> bool {
        attrs.iter().any(|attribute| self.is_own(attribute, name))
    }

    /// Removes the attributes that instrument a function.
    pub(crate) fn remove(&self, attrs: &mut Vec<Attribute>) {
        attrs.retain(|attribute| !self.is_own(attribute, "metric") && !self.is_own(attribute, "instrument_span"));
    }

    /// Returns whether `attribute` is one of ours that a function may have.
    pub(crate) fn is_any(&self, attribute: &Attribute) -> bool {
        ["metric", "instrument_span", "health_check"].iter().any(|name| self.is_own(attribute, name))
    }

    /// Returns whether `attribute` is ours and called `name`.
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

/// `path` of `crate = path`.
fn crate_option(args: &TokenStream) -> Option<String> {
    let mut tokens = args.clone().into_iter().skip_while(|token| token.to_string() != "crate").skip(1);
    tokens.next().filter(|token| token.to_string() == "=")?;
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let path = tokens.take_while(|token| !is_comma(token)).collect::<TokenStream>();
    Some(normal(&path.to_string()))
}

/// `x` of `#[x::metric(..)]`.
fn prefix(attribute: &str) -> Option<String> {
    let attribute = attribute.trim_start_matches(['#', '!', '[', ' ']);
    let path = normal(attribute.split(['(', ']', '=', ',']).next()?);
    path.rsplit_once("::").map(|(prefix, _)| prefix.to_owned())
}

/// A path without blanks and without the colons that may lead it.
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
    fn an_attribute_is_ours_by_its_path() {
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
    fn an_attribute_has_the_prefix_that_it_is_written_with() {
        assert_eq!(prefix("#[operations :: metric(skip)]").as_deref(), Some("operations"));
        assert_eq!(prefix("::a::b::metric").as_deref(), Some("a::b"));
        assert_eq!(prefix("#[metric]"), None);
    }
}
