//! The attributes and derives of `ops`: syntax in, tokens out.
//!
//! Use them through `ops`, where they are documented. Nothing here knows a rule about names or values: those are
//! `const fn`s of `ops` that the expansions call, with the user's own token as the place of the error.
#![forbid(unsafe_code)]
#![expect(missing_docs, reason = "the documentation is where `ops` re-exports them, so that its examples can run")]

mod args;
mod block;
mod dependency;
mod documentation;
mod errors;
mod function;
mod health_check;
mod item;
mod labels;
mod metric;
mod paths;
mod returned;
mod signature;
mod span;
#[cfg(test)]
mod tests;

use function::siblings::Siblings;
use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn metric(args: TokenStream, item: TokenStream) -> TokenStream {
    run(metric::expand, args, item)
}

#[proc_macro_attribute]
pub fn instrument_span(args: TokenStream, item: TokenStream) -> TokenStream {
    run(span::expand, args, item)
}

#[proc_macro_attribute]
pub fn health_check(args: TokenStream, item: TokenStream) -> TokenStream {
    run(health_check::expand, args, item)
}

#[proc_macro_derive(Labels, attributes(label))]
pub fn labels(item: TokenStream) -> TokenStream {
    derive(labels::expand_labels, item)
}

#[proc_macro_derive(LabelValue, attributes(label))]
pub fn label_value(item: TokenStream) -> TokenStream {
    derive(labels::expand_label_value, item)
}

type Tokens = proc_macro2::TokenStream;

/// On an error: the item, so that one mistake is one message, and the errors.
fn run(expand: fn(Tokens, Tokens) -> syn::Result<Tokens>, args: TokenStream, item: TokenStream) -> TokenStream {
    let item = Tokens::from(item);
    let args = Tokens::from(args);
    let expansion = expand(args.clone(), item.clone());
    expansion.unwrap_or_else(|error| errors::beside(item::fallback(item, &Siblings::of(&args)), &error)).into()
}

fn derive(expand: fn(Tokens) -> syn::Result<Tokens>, item: TokenStream) -> TokenStream {
    expand(item.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
