//! `#[metric]` on an `impl` block: every method that has a body.

use super::MetricOptions;
use crate::args::{Args, Form};
use crate::block::{Block, read};
use crate::crate_name::Root;
use crate::errors::{Errors, beside};
use crate::function::siblings::Siblings;
use crate::function::{self, OutcomeRule, Owner};
use crate::signature::Function;
use proc_macro2::TokenStream;
use quote::ToTokens;

const FORM: Form = Form {
    attribute: "`#[metric]` on an `impl` block (its methods have the others)",
    name: None,
    options: &["none", "error_if", "ok_if"],
};

pub(super) fn expand(root: Root, args: TokenStream, block: TokenStream) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let siblings = Siblings::of(&args);
    let mut args = Args::parse(args, &FORM, &mut errors);
    let crate_path = args.crate_path(root, &mut errors);
    let rule = OutcomeRule::parse(&mut args, &mut errors).for_methods();
    let block = read(block)?;
    let owner = Owner { name: block.owner(), crate_path, rule, siblings };
    Ok(instrumented(errors.finish(block)?, &owner))
}

fn instrumented(block: Block, owner: &Owner) -> TokenStream {
    block.map(|function| {
        let mut written = function.clone();
        method(function, owner).unwrap_or_else(|error| {
            owner.siblings.remove(&mut written.attrs);
            beside(written.into_token_stream(), &error)
        })
    })
}

fn method(mut function: Function, owner: &Owner) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let args = owner.siblings.take(&mut function.attrs, "metric", &mut errors).unwrap_or_default();
    errors.finish(())?;
    // Read once more where it is expanded, which is where the errors of what is not skipped are reported.
    let mut errors = Errors::default();
    let is_skipped = MetricOptions::parse(owner.crate_path.root(), args.clone(), &mut errors).skip.is_some();
    if is_skipped {
        errors.finish(())?;
    }
    if is_skipped && owner.siblings.have(&function.attrs, "instrument_span") {
        return function::expand(function, None, owner);
    }
    if is_skipped || function.body.is_none() {
        return Ok(function.into_token_stream());
    }
    function::expand(function, Some(args), owner)
}
