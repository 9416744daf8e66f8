//! `#[instrument_span]` on a function or a method.

mod fields;

use crate::args::{Args, Form, Text};
use crate::crate_name::Root;
use crate::errors::Errors;
use crate::function::{self, OutcomeRule};
use crate::item::Item;
use crate::metric::{checked, here_is};
use crate::paths::CratePath;
use crate::signature::Function;
use fields::Field;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

const FORM: Form = Form {
    attribute: "`#[instrument_span]`",
    name: Some("#[instrument_span(\"order.place\")]"),
    options: &["fields", "none", "error_if", "ok_if"],
};

pub(crate) fn expand(root: Root, args: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    match syn::parse2(item)? {
        Item::Function(function) => function::expand_span(root, function, args),
        Item::Impl(block) => Err(syn::Error::new_spanned(
            block.into_iter().next(),
            "`#[instrument_span]` goes on a function: annotate the methods of the `impl` block",
        )),
        Item::Static(item) => Err(misplaced(item.static_token)),
        Item::Other(at) => Err(misplaced(at)),
    }
}

fn misplaced(at: impl ToTokens) -> syn::Error {
    syn::Error::new_spanned(at, "`#[instrument_span]` goes on a function or a method")
}

/// What `#[instrument_span(..)]` says.
pub(crate) struct SpanOptions {
    pub crate_path: CratePath,
    pub rule: OutcomeRule,
    name: Option<Text>,
    fields: Vec<Field>,
}

impl SpanOptions {
    pub(crate) fn parse(root: Root, args: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::parse(args, &FORM, errors);
        let crate_path = args.crate_path(root, errors);
        let fields = args.list("fields", "fields(order.id = id)", errors, fields::parse).unwrap_or_default();
        let rule = OutcomeRule::parse(&mut args, errors);
        SpanOptions { crate_path, rule, name: args.name, fields }
    }

    /// The constant that describes the span of `function`, whose name it has if it was given no other.
    pub(crate) fn constant(&self, crate_path: &CratePath, function: &Function) -> TokenStream {
        let ident = &function.sig.ident;
        let name = match &self.name {
            Some(name) => checked(crate_path, "span_name", name),
            // Whatever is an identifier in ASCII is the name of a span too.
            None if function.name().is_ascii() => function.name().into_token_stream(),
            None => checked(crate_path, "span_name", &Text::literal(&function.name(), ident.span())),
        };
        here_is(crate_path, ident, "span", &quote!(#name,))
    }

    /// The attributes that the span starts with, if there are any.
    pub(crate) fn fields(&self, crate_path: &CratePath) -> Option<TokenStream> {
        let private = crate_path.internal();
        let fields = self.fields.iter().map(|field| field.expand(crate_path));
        (!self.fields.is_empty()).then(|| quote!(#private::fields([#(#fields),*])))
    }
}
