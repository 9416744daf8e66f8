//! `none = "error"`, `error_if = path`, `ok_if = path`: what counts as an error.

use crate::args::Args;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::common::spans::{here, start};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{ExprPath, LitStr};

/// What a function, or an `impl` block for its methods, says of outcomes.
#[derive(Clone, Default)]
pub(crate) struct OutcomeRule {
    none: Option<None>,
    predicate: Option<Predicate>,
}

/// `none = ".."`
#[derive(Clone)]
struct None {
    key: Ident,
    is_error: bool,
    /// Said of all methods of an `impl` block, whatever they return.
    for_methods: bool,
}

/// `error_if = path` or `ok_if = path`
#[derive(Clone)]
struct Predicate {
    key: Ident,
    path: ExprPath,
}

impl OutcomeRule {
    pub(crate) fn parse(args: &mut Args, errors: &mut Errors) -> Self {
        args.exclude("error_if", "ok_if", "one of them decides of every value", errors);
        args.exclude("none", "error_if", "a predicate decides of every value, also of `None`", errors);
        args.exclude("none", "ok_if", "a predicate decides of every value, also of `None`", errors);
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

    /// This rule of an `impl` block, as its methods have it.
    pub(crate) fn for_methods(mut self) -> Self {
        if let Some(none) = &mut self.none {
            none.for_methods = true;
        }
        self
    }

    /// The option that says something, for an error about it.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.predicate.as_ref().map(|predicate| &predicate.key).or(self.none.as_ref().map(|none| &none.key))
    }

    /// Returns `true` if a predicate decides, which has to see every value.
    pub(crate) fn has_predicate(&self) -> bool {
        self.predicate.is_some()
    }

    /// How the call ended that returned what `reference` refers to, which is given the place of the error in question;
    /// `look` is what looks at it.
    pub(crate) fn outcome(
        &self,
        crate_path: &CratePath,
        look: &TokenStream,
        reference_at: impl Fn(Span) -> TokenStream,
    ) -> TokenStream {
        let private = crate_path.internal();
        if let Some(Predicate { key, path }) = &self.predicate {
            let at = here(start(path));
            let path = path.to_token_stream();
            let reference = reference_at(at);
            let answer = quote_spanned!(at=> #path(#reference));
            let is_error = if key == "ok_if" { quote_spanned!(at=> !#answer) } else { answer };
            return quote!(#private::error_if(#is_error));
        }
        let reference = reference_at(Span::call_site());
        let outcome = quote!((&#look(#reference)).__ops_outcome());
        match &self.none {
            Some(None { key, is_error: true, for_methods: false }) => {
                let located = crate_path.private(key.span());
                let reference = reference_at(key.span());
                let is_none = quote_spanned!(here(key.span())=> #located::is_none(#reference));
                quote!(#private::error_if(#is_none))
            }
            Some(None { is_error: true, .. }) => {
                let is_none = quote!({ use #private::IsNone as _; (&#look(#reference)).__ops_is_none() });
                quote!(#private::or_error_if(#outcome, #is_none))
            }
            _ => outcome,
        }
    }
}

/// Says so where both attributes of one function have a rule.
pub(crate) fn once(rules: [Option<&OutcomeRule>; 2], errors: &mut Errors) {
    let keys = rules.map(|rule| rule.and_then(OutcomeRule::key));
    if let [Some(one), Some(other)] = keys {
        errors.at(
            other,
            format_args!(
                "`{one}` of `#[metric]` and `{other}` of `#[instrument_span]` say the same thing: keep the first"
            ),
        );
    }
}
