//! `#[health_check]` on an `impl` block, which registers the annotated functions in it.
//!
//! The registration is an item beside the block, because an item inside it could not name `Self`.

use super::check::HealthCheck;
use crate::args::{ArgSpec, Args};
use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::{Errors, beside};
use crate::syntax::conditional_attributes::{self, conditions};
use crate::syntax::impl_block::{self, ImplBlock};
use crate::syntax::own_attributes::OwnAttributes;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Type;

const SPEC: ArgSpec = ArgSpec {
    attribute: "`#[health_check]` on an `impl` block (options belong on its functions)",
    name: None,
    options: &[],
};

pub(super) fn expand(root: Root, args: TokenStream, block: TokenStream) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let own = OwnAttributes::of(&args);
    let crate_path = Args::parse(args, &SPEC, &mut errors).crate_path(root, &mut errors);
    let block = impl_block::parse(block, &own)?;
    if let Some(parameter) = block.header.generics.params.first() {
        errors.at(
            parameter,
            "health checks cannot be in a generic `impl` block: the framework cannot choose the parameter; use free functions",
        );
    }
    Ok(checks(errors.finish(block)?, &crate_path, &own))
}

/// Generates the block and the registrations of its checks.
fn checks(block: ImplBlock, crate_path: &CratePath, own: &OwnAttributes) -> TokenStream {
    let owner = Type::clone(&block.header.self_ty);
    let mut registrations = TokenStream::new();
    let mut found = false;
    let in_braces = block.map(|mut function| {
        let mut errors = Errors::default();
        let Some(args) = own.take(&mut function.attrs, "health_check", &mut errors) else {
            return function.into_token_stream();
        };
        found = true;
        let written = function.clone();
        let check = HealthCheck::read(args, function, Some(owner.clone()), crate_path, &mut errors);
        match errors.finish(()) {
            Ok(()) => {
                registrations.extend([conditions(&written.attrs), check.registration()]);
                written.into_token_stream()
            }
            Err(error) => conditional_attributes::beside(&written, error),
        }
    });
    if !found {
        let error = syn::Error::new_spanned(
            &owner,
            "this `impl` block has no health checks; add `#[health_check]` to its check functions",
        );
        return beside(in_braces, &error);
    }
    quote!(#in_braces #registrations)
}
