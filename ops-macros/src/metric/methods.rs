//! `#[metric]` on an `impl` block, which instruments every method with a body.

use crate::args::{ArgSpec, Args};
use crate::common::crate_name::Root;
use crate::common::errors::Errors;
use crate::function::{self, ImplContext};
use crate::options::metric_options::MetricOptions;
use crate::options::outcome_rule::OutcomeRule;
use crate::syntax::conditional_attributes::beside;
use crate::syntax::function::Function;
use crate::syntax::impl_block::{self, ImplBlock};
use crate::syntax::own_attributes::OwnAttributes;
use proc_macro2::TokenStream;
use quote::ToTokens;

const SPEC: ArgSpec = ArgSpec {
    attribute: "`#[metric]` on an `impl` block (other options belong on its methods)",
    name: None,
    options: &["none", "error_if", "ok_if"],
};

pub(super) fn expand(root: Root, args: TokenStream, block: TokenStream) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let own = OwnAttributes::of(&args);
    let mut args = Args::parse(args, &SPEC, &mut errors);
    let crate_path = args.crate_path(root, &mut errors);
    let rule = OutcomeRule::parse(&mut args, &mut errors).for_methods();
    let block = impl_block::parse(block, &own)?;
    let context = ImplContext { name: block.owner(), crate_path, rule, own };
    Ok(instrumented(errors.finish(block)?, &context))
}

fn instrumented(block: ImplBlock, context: &ImplContext) -> TokenStream {
    block.map(|function| {
        let mut written = function.clone();
        method(function, context).unwrap_or_else(|error| {
            context.own.remove(&mut written.attrs);
            beside(&written, error)
        })
    })
}

fn method(mut function: Function, context: &ImplContext) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let args = context.own.take(&mut function.attrs, "metric", &mut errors).unwrap_or_default();
    errors.finish(())?;
    // `function::expand` parses the options again and reports the errors, unless the method is skipped.
    let mut errors = Errors::default();
    let is_skipped = MetricOptions::parse(context.crate_path.root(), args.clone(), &mut errors).skip.is_some();
    if is_skipped {
        errors.finish(())?;
    }
    if is_skipped && context.own.has(&function.attrs, "instrument_span") {
        return function::expand(function, None, context);
    }
    if is_skipped || function.body.is_none() {
        return Ok(function.into_token_stream());
    }
    function::expand(function, Some(args), context)
}
