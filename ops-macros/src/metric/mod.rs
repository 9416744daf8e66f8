//! `#[metric]` on a static, a function or an `impl` block.

mod buckets;
mod labels;
mod methods;
mod options;
mod statics;

pub(crate) use options::{MetricOptions, checked, here_is, location};

use crate::crate_name::Root;
use crate::function::siblings::Siblings;
use crate::function::{self, Owner};
use crate::item::Item;
use proc_macro2::TokenStream;

pub(crate) fn expand(root: Root, args: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    match syn::parse2(item)? {
        Item::Static(item) => statics::expand(root, args, item),
        Item::Function(function) => {
            let owner = Owner::unknown(root, Siblings::of(&args));
            function::expand(function, Some(args), &owner)
        }
        Item::Impl(block) => methods::expand(root, args, block),
        Item::Other(at) => {
            Err(syn::Error::new_spanned(at, "`#[metric]` goes on a static, a function or an `impl` block"))
        }
    }
}
