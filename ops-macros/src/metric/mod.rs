//! `#[metric]` on a static, a function or an `impl` block.

mod methods;
mod static_item;

use crate::common::crate_name::Root;
use crate::function::{self, ImplContext};
use crate::syntax::item::Item;
use crate::syntax::own_attributes::OwnAttributes;
use proc_macro2::TokenStream;

pub(crate) fn expand(root: Root, args: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    match syn::parse2(item)? {
        Item::Static(item) => static_item::expand(root, args, item),
        Item::Function(function) => {
            let context = ImplContext::unknown(root, OwnAttributes::of(&args));
            function::expand(function, Some(args), &context)
        }
        Item::Impl(block) => methods::expand(root, args, block),
        Item::Other(at) => Err(syn::Error::new_spanned(
            at,
            "`#[metric]` can only be applied to a static, a function or an `impl` block",
        )),
    }
}
