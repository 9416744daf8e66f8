//! Options of `#[instrument_span]`, and the constant generated from them.

use super::outcome_rule::OutcomeRule;
use super::span_fields::{self, Field};
use crate::args::{ArgSpec, Args, Text};
use crate::common::calls::{at_location, checked};
use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::syntax::function::Function;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

const SPEC: ArgSpec = ArgSpec {
    attribute: "`#[instrument_span]`",
    name: Some("#[instrument_span(\"order.place\")]"),
    options: &["fields", "none", "error_if", "ok_if"],
};

/// Parsed options of `#[instrument_span]`.
pub(crate) struct SpanOptions {
    pub crate_path: CratePath,
    pub rule: OutcomeRule,
    name: Option<Text>,
    fields: Vec<Field>,
}

impl SpanOptions {
    pub(crate) fn parse(root: Root, args: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::parse(args, &SPEC, errors);
        let crate_path = args.crate_path(root, errors);
        let fields = args.list("fields", "fields(order.id = id)", errors, span_fields::parse).unwrap_or_default();
        let rule = OutcomeRule::parse(&mut args, errors);
        SpanOptions { crate_path, rule, name: args.name, fields }
    }

    /// Generates the constant that describes the span of `function`, by default with its name.
    pub(crate) fn constant(&self, crate_path: &CratePath, function: &Function) -> TokenStream {
        let ident = &function.sig.ident;
        let name = match &self.name {
            Some(name) => checked(crate_path, "span_name", name),
            // Every ASCII identifier is a valid span name.
            None if function.name().is_ascii() => function.name().into_token_stream(),
            None => checked(crate_path, "span_name", &Text::literal(&function.name(), ident.span())),
        };
        at_location(crate_path, ident, "span", &quote!(#name,))
    }

    /// Generates the initial fields of the span, or `None` without fields.
    pub(crate) fn fields(&self, crate_path: &CratePath) -> Option<TokenStream> {
        let private = crate_path.internal();
        let fields = self.fields.iter().map(|field| field.expand(crate_path));
        (!self.fields.is_empty()).then(|| quote!(#private::fields([#(#fields),*])))
    }
}
