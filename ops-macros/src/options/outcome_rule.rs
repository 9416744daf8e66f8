//! The options `none`, `error_if` and `ok_if`, which define the outcome of a call.

use crate::args::Args;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::common::spans::{mixed_site_at, start};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{ExprPath, LitStr};

/// Outcome options of a function, or of an `impl` block for its methods.
#[derive(Clone, Default)]
pub(crate) struct OutcomeRule {
    none: Option<None>,
    predicate: Option<Predicate>,
}

/// The option `none = ".."`.
#[derive(Clone)]
struct None {
    key: Ident,
    is_error: bool,
    /// `true` if set on an `impl` block, where it ignores methods that do not return an `Option`.
    for_methods: bool,
}

/// The option `error_if = path` or `ok_if = path`.
#[derive(Clone)]
struct Predicate {
    key: Ident,
    path: ExprPath,
}

impl OutcomeRule {
    pub(crate) fn parse(args: &mut Args, errors: &mut Errors) -> Self {
        args.exclude("error_if", "ok_if", "; keep one of them", errors);
        args.exclude("none", "error_if", ": the predicate also classifies `None`; remove `none`", errors);
        args.exclude("none", "ok_if", ": the predicate also classifies `None`; remove `none`", errors);
        let key = args.key("none");
        let none = args.equals("none", "`\"error\"` or `\"ok\"`", errors, |input| {
            let text = input.parse::<LitStr>()?;
            match text.value().as_str() {
                "error" => Ok(true),
                "ok" => Ok(false),
                _ => Err(syn::Error::new_spanned(text, "unknown")),
            }
        });
        let none = key.zip(none).map(|(key, is_error)| None { key, is_error, for_methods: false });
        let mut predicate = |key| {
            let at = args.key(key)?;
            let path =
                args.equals(key, "the path of a function that takes a reference to the value", errors, |input| {
                    input.parse()
                })?;
            Some(Predicate { key: at, path })
        };
        let predicates = (predicate("error_if"), predicate("ok_if"));
        OutcomeRule { none, predicate: predicates.0.or(predicates.1) }
    }

    /// Converts the rule of an `impl` block to the default of its methods.
    pub(crate) fn for_methods(mut self) -> Self {
        if let Some(none) = &mut self.none {
            none.for_methods = true;
        }
        self
    }

    /// Returns the key of the option that is set, to report an error at it.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.predicate.as_ref().map(|predicate| &predicate.key).or(self.none.as_ref().map(|none| &none.key))
    }

    /// Returns `true` if a predicate classifies every returned value.
    pub(crate) fn has_predicate(&self) -> bool {
        self.predicate.is_some()
    }

    /// Generates the outcome of a call from its returned value.
    ///
    /// `reference_at` generates a reference to the value with the given span, at which errors are reported. `wrapper` is the
    /// function that wraps it for autoref specialization.
    pub(crate) fn outcome(
        &self,
        crate_path: &CratePath,
        wrapper: &TokenStream,
        reference_at: impl Fn(Span) -> TokenStream,
    ) -> TokenStream {
        let private = crate_path.internal();
        if let Some(Predicate { key, path }) = &self.predicate {
            let at = mixed_site_at(start(path));
            let path = path.to_token_stream();
            let reference = reference_at(at);
            let result = quote_spanned!(at=> #path(#reference));
            let is_error = if key == "ok_if" { quote_spanned!(at=> !#result) } else { result };
            return quote!(#private::error_if(#is_error));
        }
        let reference = reference_at(Span::call_site());
        let outcome = quote!((&#wrapper(#reference)).__ops_outcome());
        match &self.none {
            Some(None { key, is_error: true, for_methods: false }) => {
                let located = crate_path.private(key.span());
                let reference = reference_at(key.span());
                let none = quote_spanned!(mixed_site_at(key.span())=> #located::is_none(#reference));
                quote!(#private::error_if(#none))
            }
            Some(None { is_error: true, .. }) => {
                let none = quote!({ use #private::IsNone as _; (&#wrapper(#reference)).__ops_is_none() });
                quote!(#private::or_error_if(#outcome, #none))
            }
            _ => outcome,
        }
    }
}

/// Reports an error if both attributes of a function define the outcome.
pub(crate) fn once(rules: [Option<&OutcomeRule>; 2], errors: &mut Errors) {
    let keys = rules.map(|rule| rule.and_then(OutcomeRule::key));
    if let [Some(one), Some(other)] = keys {
        errors.at(
            other,
            format_args!(
                "`{one}` of `#[metric]` and `{other}` of `#[instrument_span]` both define the outcome; keep the first"
            ),
        );
    }
}
