//! `#[instrument_span]` on a function or a method.

use crate::common::crate_name::Root;
use crate::function;
use crate::syntax::item::Item;
use proc_macro2::TokenStream;
use quote::ToTokens;

pub(crate) fn expand(root: Root, args: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    match syn::parse2(item)? {
        Item::Function(function) => function::expand_span(root, function, args),
        Item::Impl(block) => Err(syn::Error::new_spanned(
            block.into_iter().next(),
            "`#[instrument_span]` cannot be applied to an `impl` block; apply it to the methods",
        )),
        Item::Static(item) => Err(misplaced(item.static_token)),
        Item::Other(at) => Err(misplaced(at)),
    }
}

fn misplaced(at: impl ToTokens) -> syn::Error {
    syn::Error::new_spanned(at, "`#[instrument_span]` can only be applied to a function or a method")
}
