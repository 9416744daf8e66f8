//! Calls of the crate that an expansion calls, which several attributes make.

use super::crate_path::CratePath;
use super::spans::{ends, here};
use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::env;

/// `::ops::__private::check(value)`, whose error is under the value.
pub(crate) fn checked(crate_path: &CratePath, check: &str, value: &impl ToTokens) -> TokenStream {
    let (first, last) = ends(value);
    let private = crate_path.private(first);
    let check = Ident::new(check, here(first));
    let mut argument = Group::new(Delimiter::Parenthesis, value.to_token_stream());
    argument.set_span(here(last));
    quote_spanned!(here(first)=> #private::#check #argument)
}

/// Where `ident` stands.
pub(crate) fn location(crate_path: &CratePath, ident: &Ident) -> TokenStream {
    at_location(crate_path, ident, "location", &TokenStream::new())
}

/// What `method` of `Here` makes of `arguments` and of the place where `ident` stands.
pub(crate) fn at_location(crate_path: &CratePath, ident: &Ident, method: &str, arguments: &TokenStream) -> TokenStream {
    let private = crate_path.internal();
    // As `option_env!` would say it.
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    // It tells the place of the call, which has to be the user's own; a path that is the user's own would be linted.
    let at = ident.span();
    let method = Ident::new(method, at);
    let module = quote!(#private::core::module_path!());
    let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#arguments #module, #package));
    arguments.set_span(at);
    let located = quote_spanned!(at=> .#method #arguments);
    quote!(#private::Here #located)
}
