//! A function with `#[metric]`, `#[instrument_span]` or both: one expansion, with one wrapper at most.

mod arguments;
mod around;
mod awaits;
mod expand;
mod guard_clauses;
mod leaves;
mod operand;
mod outcome;
mod shape;
pub(crate) mod siblings;
mod tokens;

pub(crate) use outcome::OutcomeRule;
pub(crate) use shape::returns_future;

use crate::crate_name::Root;
use crate::errors::Errors;
use crate::metric::MetricOptions;
use crate::paths::CratePath;
use crate::signature::Function;
use crate::span::SpanOptions;
use proc_macro2::TokenStream;
use siblings::Siblings;

/// What an `impl` block says for its methods.
pub(crate) struct Owner {
    /// The name of the type; empty where it is not known.
    pub name: String,
    pub crate_path: CratePath,
    /// What counts as an error, where a method does not say.
    pub rule: OutcomeRule,
    pub siblings: Siblings,
}

impl Owner {
    /// No `impl` block, or none that is known.
    pub(crate) fn unknown(root: Root, siblings: Siblings) -> Self {
        let crate_path = CratePath::new(root, None);
        Owner { name: String::new(), crate_path, rule: OutcomeRule::default(), siblings }
    }
}

/// What the attributes of one function ask for.
struct Instrumented {
    crate_path: CratePath,
    function: Function,
    /// What it is called in the catalogue: `price`, `Cart::total`.
    path: String,
    metric: Option<MetricOptions>,
    span: Option<SpanOptions>,
    rule: OutcomeRule,
    /// Whether the span is left while something is awaited.
    is_left: bool,
}

/// Expands `function`, from which `#[metric(metric)]` has been taken; `#[instrument_span]` may still be on it.
pub(crate) fn expand(mut function: Function, metric: Option<TokenStream>, owner: &Owner) -> syn::Result<TokenStream> {
    let root = owner.crate_path.root();
    let mut errors = Errors::default();
    let metric = metric.map(|args| {
        repeated(&mut function, "metric", &owner.siblings, &mut errors);
        MetricOptions::parse(root, args, &mut errors)
    });
    let span = owner.siblings.take(&mut function.attrs, "instrument_span", &mut errors);
    let span = span.map(|args| SpanOptions::parse(root, args, &mut errors));
    instrument(function, metric, span, owner, errors)
}

/// Expands `function`, from which `#[instrument_span(span)]` has been taken; `#[metric]` may still be on it.
pub(crate) fn expand_span(root: Root, mut function: Function, span: TokenStream) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let owner = Owner::unknown(root, Siblings::of(&span));
    repeated(&mut function, "instrument_span", &owner.siblings, &mut errors);
    let span = SpanOptions::parse(root, span, &mut errors);
    let metric = owner.siblings.take(&mut function.attrs, "metric", &mut errors);
    let metric = metric.map(|args| MetricOptions::parse(root, args, &mut errors));
    instrument(function, metric, Some(span), &owner, errors)
}

fn instrument(
    function: Function,
    metric: Option<MetricOptions>,
    span: Option<SpanOptions>,
    owner: &Owner,
    mut errors: Errors,
) -> syn::Result<TokenStream> {
    if let Some(skip) = metric.as_ref().and_then(|metric| metric.skip.as_ref()) {
        errors.at(skip, "`skip` is for a method of an `impl` block with `#[metric]`: remove the attribute");
    }
    if let Some(constness) = &function.sig.constness {
        errors.at(
            constness,
            "a `const fn` cannot be counted or timed, as it may run in the compiler: remove the attribute or the `const`",
        );
    }
    if let Some(variadic) = &function.sig.variadic {
        errors.at(variadic, "a function with C's variable arguments cannot be measured: remove the attribute");
    }
    if let Some(semicolon) = &function.semicolon {
        errors.at(semicolon, "there is no body to measure: annotate the method where it has one");
    }
    let crate_path = [metric.as_ref().map(|metric| &metric.crate_path), span.as_ref().map(|span| &span.crate_path)];
    let crate_path =
        crate_path.into_iter().flatten().find(|crate_path| crate_path.is_given()).unwrap_or(&owner.crate_path).clone();
    let rules = [metric.as_ref().map(|metric| &metric.rule), span.as_ref().map(|span| &span.rule)];
    outcome::once(rules, &mut errors);
    let rule = rules.into_iter().flatten().find(|rule| rule.key().is_some()).unwrap_or(&owner.rule).clone();
    let name = function.name();
    let path = if owner.name.is_empty() { name } else { format!("{}::{name}", owner.name) };
    let instrumented = Instrumented { crate_path, function, path, metric, span, rule, is_left: false };
    Ok(errors.finish(instrumented)?.expand())
}

fn repeated(function: &mut Function, name: &str, siblings: &Siblings, errors: &mut Errors) {
    if let Some(attribute) = function.attrs.iter().find(|attribute| siblings.are(attribute, name)) {
        errors.at(attribute, format_args!("`#[{name}]` is there twice"));
    }
    function.attrs.retain(|attribute| !siblings.are(attribute, name));
}
