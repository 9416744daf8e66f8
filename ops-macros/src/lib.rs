//! Attribute and derive macros of `ops` and `ops-core`.
//!
//! Use them through `ops` or `ops_core`, which re-export and document them. Each macro is exported once per crate:
//! `#[ops::metric]` expands to paths in `::ops`, and `#[ops_core::metric]`, which is [`core_metric`] here, to paths in
//! `::ops_core`. A crate that can name the attribute can therefore resolve its expansion.
//!
//! The macros parse syntax and generate tokens. Names and values are validated by `const fn`s of the called crate; the
//! expansion passes them the user's token, so that the error points at it.
#![forbid(unsafe_code)]
#![expect(missing_docs, reason = "documented at the re-exports in `ops` and `ops_core`, where doc examples can run")]

mod args;
mod common;
mod function;
mod health_check;
mod instrument_span;
mod labels;
mod metric;
mod options;
mod syntax;
#[cfg(test)]
mod tests;

use common::crate_name::Root;
use common::errors;
use proc_macro::TokenStream;
use syntax::item;
use syntax::own_attributes::OwnAttributes;

#[proc_macro_attribute]
pub fn metric(args: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(metric::expand, Root::Ops, args, item)
}

#[proc_macro_attribute]
pub fn instrument_span(args: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(instrument_span::expand, Root::Ops, args, item)
}

#[proc_macro_attribute]
pub fn health_check(args: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(health_check::expand, Root::Ops, args, item)
}

#[proc_macro_attribute]
pub fn core_metric(args: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(metric::expand, Root::OpsCore, args, item)
}

#[proc_macro_attribute]
pub fn core_instrument_span(args: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(instrument_span::expand, Root::OpsCore, args, item)
}

#[proc_macro_attribute]
pub fn core_health_check(args: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(health_check::expand, Root::OpsCore, args, item)
}

#[proc_macro_derive(Labels, attributes(label))]
pub fn labels(item: TokenStream) -> TokenStream {
    expand_derive(labels::expand_labels, Root::Ops, item)
}

#[proc_macro_derive(LabelValue, attributes(label))]
pub fn label_value(item: TokenStream) -> TokenStream {
    expand_derive(labels::expand_label_value, Root::Ops, item)
}

#[proc_macro_derive(CoreLabels, attributes(label))]
pub fn core_labels(item: TokenStream) -> TokenStream {
    expand_derive(labels::expand_labels, Root::OpsCore, item)
}

#[proc_macro_derive(CoreLabelValue, attributes(label))]
pub fn core_label_value(item: TokenStream) -> TokenStream {
    expand_derive(labels::expand_label_value, Root::OpsCore, item)
}

type Tokens = proc_macro2::TokenStream;

/// Runs `expand`; on failure, emits the errors and the item without our attributes.
///
/// The item prevents follow-up errors about a missing name.
fn expand_attribute(
    expand: fn(Root, Tokens, Tokens) -> syn::Result<Tokens>,
    root: Root,
    args: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let item = Tokens::from(item);
    let args = Tokens::from(args);
    let expansion = expand(root, args.clone(), item.clone());
    expansion.unwrap_or_else(|error| errors::beside(item::fallback(item, &OwnAttributes::of(&args)), &error)).into()
}

fn expand_derive(expand: fn(Root, Tokens) -> syn::Result<Tokens>, root: Root, item: TokenStream) -> TokenStream {
    expand(root, item.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
