//! Support for `#[cfg_attr(condition, ops::metric(skip))]` on a function of an `impl` block.
//!
//! An attribute on the block expands before `cfg_attr` on its functions and cannot evaluate the condition. The function is
//! therefore duplicated, once for each case:
//!
//! ```text
//! #[cfg_attr(test, ops::metric(skip))]  →  #[cfg(test)] #[ops::metric(skip)] fn total(&self) -> u64 { .. }
//! fn total(&self) -> u64 { .. }         →  #[cfg(not(test))] fn total(&self) -> u64 { .. }
//! ```

use super::function::Function;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token, parse_quote};

/// Duplicates `function` for each case of the conditions on our attributes.
pub(super) fn by_condition(mut function: Function, is_own: &impl Fn(&Attribute) -> bool) -> Vec<Function> {
    let conditional = function.attrs.iter().enumerate().find_map(|(at, attribute)| {
        let (condition, attributes) = conditional_attributes(attribute)?;
        attributes.iter().any(|attribute| contains_own(attribute, is_own)).then_some((at, condition, attributes))
    });
    let Some((at, condition, attributes)) = conditional else { return vec![function] };
    let mut with = function.clone();
    with.attrs.splice(at..=at, [vec![parse_quote!(#[cfg(#condition)])], attributes].concat());
    function.attrs[at] = parse_quote!(#[cfg(not(#condition))]);
    [with, function].into_iter().flat_map(|function| by_condition(function, is_own)).collect()
}

/// Returns `true` if `attribute` is ours, possibly under a condition.
fn contains_own(attribute: &Attribute, is_own: &impl Fn(&Attribute) -> bool) -> bool {
    is_own(attribute)
        || conditional_attributes(attribute)
            .is_some_and(|(_, attributes)| attributes.iter().any(|attribute| contains_own(attribute, is_own)))
}

/// Returns the condition and the attributes of a `cfg_attr`.
fn conditional_attributes(attribute: &Attribute) -> Option<(TokenStream, Vec<Attribute>)> {
    let Meta::List(list) = &attribute.meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let mut tokens = list.tokens.clone().into_iter();
    let condition = tokens.by_ref().take_while(|token| !is_comma(token)).collect();
    let attributes = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens.collect()).ok()?;
    let attributes = attributes.into_iter().map(|meta| {
        let mut attribute = attribute.clone();
        attribute.meta = meta;
        attribute
    });
    Some((condition, attributes.collect()))
}

/// Returns the `#[cfg(..)]` among `attributes`, for items generated beside the annotated one.
pub(crate) fn conditions(attributes: &[Attribute]) -> TokenStream {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    quote!(#(#conditions)*)
}

/// Returns `function` and its errors, under the same `#[cfg(..)]`.
pub(crate) fn beside(function: &Function, error: syn::Error) -> TokenStream {
    let conditions = conditions(&function.attrs);
    let errors = error.into_iter().map(|error| error.to_compile_error());
    quote!(#function #(#conditions #errors)*)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;

    fn cases(function: Function) -> Vec<String> {
        let functions = by_condition(function, &|attribute| attribute.path().is_ident("metric"));
        functions.iter().map(|function| function.to_token_stream().to_string()).collect()
    }

    #[test]
    fn condition_on_own_attribute_duplicates_the_function() {
        let function = parse_quote! {
            #[cfg_attr(all(unix, test), must_use, metric(skip))]
            #[cfg_attr(debug, inline)]
            fn total(&self) {}
        };
        let expected = [
            quote!(
                #[cfg(all(unix, test))]
                #[must_use]
                #[metric(skip)]
                #[cfg_attr(debug, inline)]
                fn total(&self) {}
            ),
            quote!(
                #[cfg(not(all(unix, test)))]
                #[cfg_attr(debug, inline)]
                fn total(&self) {}
            ),
        ];
        assert_eq!(cases(function), expected.map(|function| function.to_string()));
    }

    #[test]
    fn nested_and_repeated_conditions_are_expanded() {
        let function = parse_quote! {
            #[cfg_attr(a, cfg_attr(b, metric(skip)))]
            #[cfg_attr(c, metric)]
            fn total(&self) {}
        };
        let expected = [
            quote!(
                #[cfg(a)]
                #[cfg(b)]
                #[metric(skip)]
                #[cfg(c)]
                #[metric]
                fn total(&self) {}
            ),
            quote!(
                #[cfg(a)]
                #[cfg(b)]
                #[metric(skip)]
                #[cfg(not(c))]
                fn total(&self) {}
            ),
            quote!(
                #[cfg(a)]
                #[cfg(not(b))]
                #[cfg(c)]
                #[metric]
                fn total(&self) {}
            ),
            quote!(
                #[cfg(a)]
                #[cfg(not(b))]
                #[cfg(not(c))]
                fn total(&self) {}
            ),
            quote!(
                #[cfg(not(a))]
                #[cfg(c)]
                #[metric]
                fn total(&self) {}
            ),
            quote!(
                #[cfg(not(a))]
                #[cfg(not(c))]
                fn total(&self) {}
            ),
        ];
        assert_eq!(cases(function), expected.map(|function| function.to_string()));
    }

    #[test]
    fn other_conditional_attributes_are_unchanged() {
        let function: Function = parse_quote!(
            #[cfg_attr(test, inline)]
            fn total(&self) {}
        );
        let written = function.to_token_stream().to_string();
        assert_eq!(cases(function), [written]);
    }
}
