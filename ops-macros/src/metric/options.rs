//! The options of `#[metric]` on a function, and the constant that they become.

use super::buckets::{self, Buckets};
use super::labels::{self, Label};
use crate::args::{Args, Form, Text};
use crate::crate_name::Root;
use crate::documentation::help;
use crate::errors::Errors;
use crate::function::OutcomeRule;
use crate::paths::{CratePath, ends, here};
use crate::signature::Function;
use proc_macro2::{Delimiter, Group, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::env;
use syn::Ident;
use syn::parse::Parse;

const FORM: Form = Form {
    attribute: "`#[metric]` on a function",
    name: None,
    options: &["name", "utf8", "labels", "buckets", "help", "none", "error_if", "ok_if", "skip"],
};

/// What `#[metric(..)]` says on a function.
pub(crate) struct MetricOptions {
    pub crate_path: CratePath,
    pub skip: Option<Ident>,
    pub rule: OutcomeRule,
    name: Option<Text>,
    /// What decides about the name.
    name_check: &'static str,
    help: Option<Text>,
    labels: Vec<Label>,
    buckets: Option<Buckets>,
}

impl MetricOptions {
    pub(crate) fn parse(root: Root, args: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::parse(args, &FORM, errors);
        let crate_path = args.crate_path(root, errors);
        only_skip(&args, errors);
        let skip = args.flag("skip", errors);
        let rule = OutcomeRule::parse(&mut args, errors);
        let name_check = name_check(&mut args, errors);
        let name = args.text("name", errors);
        let help = args.text("help", errors);
        let needs_name = [("labels", args.key("labels")), ("buckets", args.key("buckets"))];
        let labels =
            args.list("labels", "labels(channel: Channel = channel)", errors, labels::parse).unwrap_or_default();
        let buckets = args.equals("buckets", buckets::EXPECTED, errors, Buckets::parse);
        if name.is_none() {
            for (option, key) in needs_name {
                if let Some(key) = key {
                    errors.at(
                        key,
                        format_args!(
                            "`{option}` needs a `name = \"..\"`: without a name the function joins a family that \
                             all such functions share"
                        ),
                    );
                }
            }
        }
        MetricOptions { crate_path, skip, rule, name, name_check, help, labels, buckets }
    }

    /// The constant that describes `function`; `path` is what it is called: `price`, `Cart::total`.
    pub(crate) fn constant(&self, crate_path: &CratePath, function: &Function, path: &str) -> TokenStream {
        let private = crate_path.internal();
        let name = match &self.name {
            Some(name) => {
                let checked = checked(crate_path, self.name_check, name);
                quote!(#private::Some(#checked))
            }
            None => quote!(#private::None),
        };
        let help = help(self.help.as_ref(), &function.attrs);
        let metric = here_is(crate_path, &function.sig.ident, "function", &quote!(#name, #path, #help,));
        let labels = self.labels.iter().map(|label| label.declaration(crate_path));
        let labels = (!self.labels.is_empty()).then(|| quote!(.labels(&[#(#labels),*])));
        let buckets = self.buckets.as_ref().map(|buckets| {
            let buckets = buckets.expand(crate_path);
            quote!(.buckets(#buckets))
        });
        quote!(#metric #labels #buckets)
    }

    /// The values of the labels, if there are any, evaluated once and in the order of the source.
    pub(crate) fn values(&self, crate_path: &CratePath) -> Option<TokenStream> {
        let values = self.labels.iter().map(|label| label.value(crate_path));
        (!self.labels.is_empty()).then(|| quote!(&[#(#values),*]))
    }
}

/// What decides about the name: with `utf8`, which takes one, it may be any.
pub(crate) fn name_check(args: &mut Args, errors: &mut Errors) -> &'static str {
    match args.flag("utf8", errors) {
        None => "metric_name",
        Some(key) => {
            if args.key("name").is_none() {
                errors.at(
                    key,
                    "`utf8` is about a `name = \"..\"`, which may then have any characters: an identifier needs none",
                );
            }
            "utf8_metric_name"
        }
    }
}

/// `skip`, and other options for a method that it leaves out.
fn only_skip(args: &Args, errors: &mut Errors) {
    if args.key("skip").is_some() {
        for key in args.keys().filter(|key| *key != "skip" && *key != "crate") {
            errors.at(key, format_args!("`skip` and `{key}` exclude each other: nothing is counted of this method"));
        }
    }
}

/// `::ops::__private::check(value)`, whose error is under the value.
pub(crate) fn checked(crate_path: &CratePath, check: &str, value: &impl ToTokens) -> TokenStream {
    let (first, last) = ends(value);
    let private = crate_path.private(first);
    let check = Ident::new(check, here(first));
    let mut argument = Group::new(Delimiter::Parenthesis, value.to_token_stream());
    argument.set_span(here(last));
    quote_spanned!(here(first)=> #private::#check #argument)
}

/// Where `ident` stands.
pub(crate) fn location(crate_path: &CratePath, ident: &Ident) -> TokenStream {
    here_is(crate_path, ident, "location", &TokenStream::new())
}

/// What `method` of `Here` makes of `arguments` and of the place where `ident` stands.
pub(crate) fn here_is(crate_path: &CratePath, ident: &Ident, method: &str, arguments: &TokenStream) -> TokenStream {
    let private = crate_path.internal();
    // As `option_env!` would say it.
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    // It tells the place of the call, which has to be the user's own; a path that is the user's own would be linted.
    let at = ident.span();
    let method = Ident::new(method, at);
    let module = quote!(#private::core::module_path!());
    let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#arguments #module, #package));
    arguments.set_span(at);
    let located = quote_spanned!(at=> .#method #arguments);
    quote!(#private::Here #located)
}
