//! `#[health_check]` on a free function, or on an `impl` block and its associated functions.
//!
//! ```text
//! #[health_check("db")]                           →  the unchanged function, and
//! async fn database(pool: Resource<Pool>)         →  const _: () = {
//!     -> Result<(), PoolError> { .. }             →      inventory::submit! { LinkedCheck { descriptor, run: Run::Async(
//!                                                 →          |context| inject arguments, call, into_outcome
//!                                                 →      ) } }
//!                                                 →  };
//! ```

mod check;
mod impl_block;
mod registration;

use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::syntax::item::Item;
use check::HealthCheck;
use proc_macro2::TokenStream;
use quote::ToTokens;

pub(crate) fn expand(root: Root, args: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    match syn::parse2(item)? {
        Item::Function(function) => {
            let mut errors = Errors::default();
            let check = HealthCheck::read(args, function, None, &CratePath::new(root, None), &mut errors);
            let check = errors.finish(check)?;
            let (function, registration) = (&check.function, check.registration());
            Ok(quote::quote!(#function #registration))
        }
        Item::Impl(block) => impl_block::expand(root, args, block),
        Item::Static(item) => Err(misplaced(item.static_token)),
        Item::Other(at) => Err(misplaced(at)),
    }
}

fn misplaced(at: impl ToTokens) -> syn::Error {
    syn::Error::new_spanned(at, "`#[health_check]` can only be applied to a function or an `impl` block")
}
