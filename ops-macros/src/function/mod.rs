//! Expands `#[metric]` and `#[instrument_span]` on a function, both into one wrapper.

mod awaits;
mod boxed_exits;
mod early_exit;
mod function_kind;
mod guard_clauses;
mod instrumented;
mod mutable_arguments;
mod operand;
mod tail_closure;
mod token_tree;
mod wrap;
mod wrapped_body;

use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::options::metric_options::MetricOptions;
use crate::options::outcome_rule::{self, OutcomeRule};
use crate::options::span_options::SpanOptions;
use crate::syntax::function::Function;
use crate::syntax::own_attributes::OwnAttributes;
use instrumented::Instrumented;
use proc_macro2::TokenStream;

/// The `impl` block of a method, and its options.
pub(crate) struct ImplContext {
    /// Name of the type; empty if unknown.
    pub name: String,
    pub crate_path: CratePath,
    /// Default outcome rule of the methods.
    pub rule: OutcomeRule,
    pub own: OwnAttributes,
}

impl ImplContext {
    /// Creates the context of a free function, or of a method without an annotated `impl` block.
    pub(crate) fn unknown(root: Root, own: OwnAttributes) -> Self {
        let crate_path = CratePath::new(root, None);
        ImplContext { name: String::new(), crate_path, rule: OutcomeRule::default(), own }
    }
}

/// Expands `#[metric(metric)]` on `function`, and `#[instrument_span]` if present.
pub(crate) fn expand(
    mut function: Function,
    metric: Option<TokenStream>,
    context: &ImplContext,
) -> syn::Result<TokenStream> {
    let root = context.crate_path.root();
    let mut errors = Errors::default();
    let metric = metric.map(|args| {
        remove_repeated(&mut function, "metric", &context.own, &mut errors);
        MetricOptions::parse(root, args, &mut errors)
    });
    let span = context.own.take(&mut function.attrs, "instrument_span", &mut errors);
    let span = span.map(|args| SpanOptions::parse(root, args, &mut errors));
    instrument(function, metric, span, context, errors)
}

/// Expands `#[instrument_span(span)]` on `function`, and `#[metric]` if present.
pub(crate) fn expand_span(root: Root, mut function: Function, span: TokenStream) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let context = ImplContext::unknown(root, OwnAttributes::of(&span));
    remove_repeated(&mut function, "instrument_span", &context.own, &mut errors);
    let span = SpanOptions::parse(root, span, &mut errors);
    let metric = context.own.take(&mut function.attrs, "metric", &mut errors);
    let metric = metric.map(|args| MetricOptions::parse(root, args, &mut errors));
    instrument(function, metric, Some(span), &context, errors)
}

fn instrument(
    function: Function,
    metric: Option<MetricOptions>,
    span: Option<SpanOptions>,
    context: &ImplContext,
    mut errors: Errors,
) -> syn::Result<TokenStream> {
    if let Some(skip) = metric.as_ref().and_then(|metric| metric.skip.as_ref()) {
        errors.at(skip, "`skip` is only valid on a method of an `impl` block with `#[metric]`; remove the attribute");
    }
    if let Some(constness) = &function.sig.constness {
        errors.at(
            constness,
            "a `const fn` cannot be instrumented: it may run at compile time; remove the attribute or the `const`",
        );
    }
    if let Some(variadic) = &function.sig.variadic {
        errors.at(variadic, "a C-variadic function cannot be instrumented; remove the attribute");
    }
    if let Some(semicolon) = &function.semicolon {
        errors.at(
            semicolon,
            "a function without a body cannot be instrumented; apply the attribute to its implementation",
        );
    }
    let crate_path = [metric.as_ref().map(|metric| &metric.crate_path), span.as_ref().map(|span| &span.crate_path)];
    let crate_path = crate_path
        .into_iter()
        .flatten()
        .find(|crate_path| crate_path.is_given())
        .unwrap_or(&context.crate_path)
        .clone();
    let rules = [metric.as_ref().map(|metric| &metric.rule), span.as_ref().map(|span| &span.rule)];
    outcome_rule::once(rules, &mut errors);
    let rule = rules.into_iter().flatten().find(|rule| rule.key().is_some()).unwrap_or(&context.rule).clone();
    let name = function.name();
    let path = if context.name.is_empty() { name } else { format!("{}::{name}", context.name) };
    let instrumented = Instrumented { crate_path, function, path, metric, span, rule, reenters_span: false };
    Ok(errors.finish(instrumented)?.expand())
}

fn remove_repeated(function: &mut Function, name: &str, own: &OwnAttributes, errors: &mut Errors) {
    if let Some(attribute) = function.attrs.iter().find(|attribute| own.is_own(attribute, name)) {
        errors.at(attribute, format_args!("duplicate attribute `#[{name}]`; remove one of them"));
    }
    function.attrs.retain(|attribute| !own.is_own(attribute, name));
}
