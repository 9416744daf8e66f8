//! Calls into `__private` that several attributes generate.

use super::crate_path::CratePath;
use super::spans::{ends, mixed_site_at};
use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::env;

/// Generates `::ops::__private::check(value)`, whose error is reported at `value`.
pub(crate) fn checked(crate_path: &CratePath, check: &str, value: &impl ToTokens) -> TokenStream {
    let (first, last) = ends(value);
    let private = crate_path.private(first);
    let check = Ident::new(check, mixed_site_at(first));
    let mut argument = Group::new(Delimiter::Parenthesis, value.to_token_stream());
    argument.set_span(mixed_site_at(last));
    quote_spanned!(mixed_site_at(first)=> #private::#check #argument)
}

/// Generates the source location of `ident`.
pub(crate) fn location(crate_path: &CratePath, ident: &Ident) -> TokenStream {
    at_location(crate_path, ident, "location", &TokenStream::new())
}

/// Generates `Here.method(arguments, module, package)`, which captures the source location of `ident`.
pub(crate) fn at_location(crate_path: &CratePath, ident: &Ident, method: &str, arguments: &TokenStream) -> TokenStream {
    let private = crate_path.internal();
    // Same value as `option_env!` in the expansion.
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    // `#[track_caller]` reports the span of the call, so the call has the user's span. The path does not: lints would check it.
    let at = ident.span();
    let method = Ident::new(method, at);
    let module = quote!(#private::core::module_path!());
    let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#arguments #module, #package));
    arguments.set_span(at);
    let located = quote_spanned!(at=> .#method #arguments);
    quote!(#private::Here #located)
}
