//! Options of `#[metric]` on a function, and the constant generated from them.

use super::buckets::{self, Buckets};
use super::call_labels::{self, CallLabel};
use super::metric_name::name_check;
use super::outcome_rule::OutcomeRule;
use super::result_labels::{self, ResultLabel};
use super::series_options::SeriesOptions;
use crate::args::{ArgSpec, Args, Text};
use crate::common::calls::{at_location, checked};
use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::syntax::doc_comment::help;
use crate::syntax::function::Function;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parse;
use syn::{Expr, Ident};

const SPEC: ArgSpec = ArgSpec {
    attribute: "`#[metric]` on a function",
    name: None,
    options: &[
        "name",
        "utf8",
        "labels",
        "result_labels",
        "buckets",
        "durations",
        "help",
        "none",
        "error_if",
        "ok_if",
        "max_series",
        "ttl",
        "skip",
    ],
};

/// Parsed options of `#[metric]` on a function.
pub(crate) struct MetricOptions {
    pub crate_path: CratePath,
    pub skip: Option<Ident>,
    pub rule: OutcomeRule,
    name: Option<Text>,
    /// `const fn` that validates the name.
    name_check: &'static str,
    help: Option<Text>,
    labels: Vec<CallLabel>,
    result_labels: Vec<ResultLabel>,
    buckets: Option<Buckets>,
    /// `false` disables the duration histogram.
    durations: Option<Expr>,
    series: SeriesOptions,
}

impl MetricOptions {
    pub(crate) fn parse(root: Root, args: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::parse(args, &SPEC, errors);
        let crate_path = args.crate_path(root, errors);
        only_skip(&args, errors);
        let skip = args.flag("skip", errors);
        let rule = OutcomeRule::parse(&mut args, errors);
        let name_check = name_check(&mut args, errors);
        let name = args.text("name", errors);
        let help = args.text("help", errors);
        let needs_name = ["labels", "result_labels", "buckets", "max_series", "ttl"].map(|key| (key, args.key(key)));
        args.exclude(
            "buckets",
            "durations",
            ": the buckets are those of the duration histogram; remove one of them",
            errors,
        );
        let labels =
            args.list("labels", "labels(channel: Channel = channel)", errors, call_labels::parse).unwrap_or_default();
        let expected = "result_labels(status = |response| response.status().as_u16())";
        let result_labels = args.list("result_labels", expected, errors, result_labels::parse).unwrap_or_default();
        let names = labels.iter().map(|label| &label.name).chain(result_labels.iter().map(|label| &label.name));
        unique(&names.collect::<Vec<_>>(), errors);
        let durations = args.boolean("durations", errors);
        let series = SeriesOptions::parse(&mut args, errors);
        let buckets = args.equals("buckets", buckets::EXPECTED, errors, Buckets::parse);
        if name.is_none() {
            for (option, key) in needs_name {
                if let Some(key) = key {
                    errors.at(
                        key,
                        format_args!(
                            "`{option}` requires a `name`: unnamed functions share one metric family; add `name = \"..\"`"
                        ),
                    );
                }
            }
        }
        MetricOptions {
            crate_path,
            skip,
            rule,
            name,
            name_check,
            help,
            labels,
            result_labels,
            buckets,
            durations,
            series,
        }
    }

    /// Generates the constant that describes `function`. `path` is `price` or `Cart::total`, for example.
    pub(crate) fn constant(&self, crate_path: &CratePath, function: &Function, path: &str) -> TokenStream {
        let private = crate_path.internal();
        let help = help(self.help.as_ref(), &function.attrs);
        let (constructor, first) = match &self.name {
            Some(name) => {
                let checked = checked(crate_path, self.name_check, name);
                ("function", quote!(#private::Some(#checked)))
            }
            // The type name of a closure in a method contains the type of the `impl` block. A free function needs none, which
            // saves compile time.
            None if !path.contains("::") && function.is_method() => ("shared_function", quote!(&|| {})),
            None => ("function", quote!(#private::None)),
        };
        let metric = at_location(crate_path, &function.sig.ident, constructor, &quote!(#first, #path, #help,));
        let labels = self.labels.iter().map(|label| label.declaration(crate_path));
        let labels = (!self.labels.is_empty()).then(|| quote!(.labels(&[#(#labels),*])));
        let buckets = self.buckets.as_ref().map(|buckets| {
            let buckets = buckets.expand(crate_path);
            quote!(.buckets(#buckets))
        });
        let result_labels = self.result_labels.iter().map(|label| label.declaration(crate_path));
        let result_labels = self.has_result_labels().then(|| quote!(.result_labels(&[#(#result_labels),*])));
        let durations = self.durations.as_ref().map(|durations| quote!(.durations(#durations)));
        let series = self.series.expand(crate_path);
        quote!(#metric #labels #result_labels #buckets #durations #series)
    }

    /// Returns `true` if labels are computed from the returned value.
    pub(crate) fn has_result_labels(&self) -> bool {
        !self.result_labels.is_empty()
    }

    /// Generates the values of the result labels from `reference`, or `None` without result labels.
    pub(crate) fn result_values(&self, crate_path: &CratePath, reference: &TokenStream) -> Option<TokenStream> {
        let values = self.result_labels.iter().map(|label| label.value(crate_path, reference));
        self.has_result_labels().then(|| quote!(&[#(#values),*]))
    }

    /// Generates the values of the call labels in source order, or `None` without labels.
    pub(crate) fn values(&self, crate_path: &CratePath) -> Option<TokenStream> {
        let values = self.labels.iter().map(|label| label.value(crate_path));
        (!self.labels.is_empty()).then(|| quote!(&[#(#values),*]))
    }
}

/// Reports duplicate labels.
fn unique(names: &[&Ident], errors: &mut Errors) {
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            errors.at(name, format_args!("duplicate label `{name}`; rename one of them"));
        }
    }
}

/// Reports options that are combined with `skip`.
fn only_skip(args: &Args, errors: &mut Errors) {
    if args.key("skip").is_some() {
        for key in args.keys().filter(|key| *key != "skip" && *key != "crate") {
            errors.at(
                key,
                format_args!(
                    "`skip` and `{key}` are mutually exclusive: a skipped method has no metric; remove one of them"
                ),
            );
        }
    }
}
