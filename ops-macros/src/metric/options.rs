//! The options of `#[metric]` on a function, and the constant that they become.

use super::buckets::{self, Buckets};
use super::labels::{self, Label};
use crate::args::{Args, Form};
use crate::documentation::help;
use crate::errors::Errors;
use crate::paths::{Ops, here};
use crate::signature::Function;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::Parse;
use syn::{Ident, LitStr};

const FORM: Form = Form {
    attribute: "`#[metric]` on a function",
    name: None,
    options: &["name", "labels", "buckets", "help", "skip"],
};

/// What `#[metric(..)]` says on a function.
pub(crate) struct MetricOptions {
    pub ops: Ops,
    pub skip: Option<Ident>,
    name: Option<LitStr>,
    help: Option<LitStr>,
    labels: Vec<Label>,
    buckets: Option<Buckets>,
}

impl MetricOptions {
    pub(crate) fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::parse(args, &FORM, errors);
        let ops = args.ops(errors);
        let skip = args.flag("skip", errors);
        let name = args.string("name", errors);
        let help = args.string("help", errors);
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
        MetricOptions { ops, skip, name, help, labels, buckets }
    }

    /// The constant that describes `function`; `path` is what it is called: `price`, `Cart::total`.
    pub(crate) fn constant(&self, ops: &Ops, function: &Function, path: &str) -> TokenStream {
        let private = ops.internal();
        let name = match &self.name {
            Some(name) => {
                let checked = checked(ops, "metric_name", name);
                quote!(#private::core::option::Option::Some(#checked))
            }
            None => quote!(#private::core::option::Option::None),
        };
        let help = self.help.as_ref().map_or_else(|| help(&function.attrs), LitStr::value);
        let location = location(ops, &function.sig.ident);
        let labels = self.labels.iter().map(|label| label.declaration(ops));
        let labels = (!self.labels.is_empty()).then(|| quote!(.labels(&[#(#labels),*])));
        let buckets = self.buckets.as_ref().map(|buckets| {
            let buckets = buckets.expand(ops);
            quote!(.buckets(#buckets))
        });
        quote!(#private::FunctionMetric::new(#name, #path, #help, #location) #labels #buckets)
    }

    /// The values of the labels, evaluated once and in the order of the source.
    pub(crate) fn values(&self, ops: &Ops) -> TokenStream {
        let values = self.labels.iter().map(|label| label.value(ops));
        quote!(&[#(#values),*])
    }
}

/// `::ops::__private::check("literal")`, whose error is under the literal.
pub(crate) fn checked(ops: &Ops, check: &str, literal: &LitStr) -> TokenStream {
    let at = literal.span();
    let private = ops.private(at);
    let check = Ident::new(check, here(at));
    quote_spanned!(here(at)=> #private::#check(#literal))
}

/// Where `ident` stands.
pub(crate) fn location(ops: &Ops, ident: &Ident) -> TokenStream {
    let private = ops.internal();
    // `line!` and `file!` tell the place of the expansion that they stand in: they have to stand in the user's file.
    let user = ops.private_of_user(ident.span());
    let line = quote_spanned!(ident.span()=> #user::core::line!());
    let file = quote_spanned!(ident.span()=> #user::core::file!());
    let module = quote!(#private::core::module_path!());
    let package = quote!(#private::core::option_env!("CARGO_PKG_NAME"));
    quote!(#private::location(#file, #line, #module, #package))
}
