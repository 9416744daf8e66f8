//! Parses and validates the options and the signature of a health check.

use crate::args::{ArgSpec, Args, Text};
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::syntax::doc_comment::doc_comment;
use crate::syntax::function::Function;
use crate::syntax::return_type::has_impl;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Expr, FnArg, GenericParam, Lit, Token, Type};

const SPEC: ArgSpec = ArgSpec {
    attribute: "`#[health_check]`",
    name: Some("#[health_check(\"db\")]"),
    options: &[
        "kind",
        "kinds",
        "timeout",
        "critical",
        "interval",
        "failure_threshold",
        "success_threshold",
        "initial",
        "grace",
        "groups",
        "tags",
    ],
};

/// A function with `#[health_check]`, its options parsed.
pub(super) struct HealthCheck {
    pub(super) crate_path: CratePath,
    pub(super) name: Option<Text>,
    pub(super) kind: Option<Expr>,
    pub(super) kinds: Option<Vec<Text>>,
    pub(super) timeout: Option<Expr>,
    pub(super) critical: Option<Expr>,
    pub(super) interval: Option<Expr>,
    pub(super) failure_threshold: Option<Expr>,
    pub(super) success_threshold: Option<Expr>,
    pub(super) initial: Option<Expr>,
    pub(super) grace: Option<Expr>,
    pub(super) groups: Vec<Text>,
    pub(super) tags: Vec<Text>,
    pub(super) help: String,
    pub(super) function: Function,
    /// Type of the `impl` block, for an associated function.
    pub(super) owner: Option<Type>,
}

/// Parses a comma-separated list of texts.
fn texts(input: ParseStream<'_>) -> syn::Result<Vec<Text>> {
    Ok(Punctuated::<Text, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

impl HealthCheck {
    /// Parses the options, and adds invalid options and signatures to `errors`.
    pub(super) fn read(
        args: TokenStream,
        function: Function,
        owner: Option<Type>,
        crate_path: &CratePath,
        errors: &mut Errors,
    ) -> Self {
        let mut args = Args::parse(args, &SPEC, errors);
        let own_path = args.crate_path(crate_path.root(), errors);
        let is_text = |literal: &Lit| matches!(literal, Lit::Str(_));
        let is_number = |literal: &Lit| matches!(literal, Lit::Int(_));
        let a_duration = "a string such as `\"500ms\"`, or a `Duration`";
        args.exclude("kind", "kinds", "; list every kind in `kinds(..)`", errors);
        let check = HealthCheck {
            crate_path: if own_path.is_given() { own_path } else { crate_path.clone() },
            kind: args.constant("kind", "a string such as `\"liveness\"`, or a `CheckKind`", errors, is_text),
            kinds: args.list("kinds", "kinds(\"readiness\", \"startup\")", errors, texts),
            timeout: args.constant("timeout", a_duration, errors, is_text),
            critical: args.boolean("critical", errors),
            interval: args.constant("interval", a_duration, errors, is_text),
            failure_threshold: args.constant("failure_threshold", "a number such as `3`", errors, is_number),
            success_threshold: args.constant("success_threshold", "a number such as `2`", errors, is_number),
            initial: args.constant("initial", "a string such as `\"healthy\"`, or a `Status`", errors, is_text),
            grace: args.constant("grace", a_duration, errors, is_text),
            groups: args.list("groups", "groups(\"storage\")", errors, texts).unwrap_or_default(),
            tags: args.list("tags", "tags(\"storage\")", errors, texts).unwrap_or_default(),
            name: args.name,
            help: doc_comment(&function.attrs),
            function,
            owner,
        };
        check.validate(errors);
        check
    }

    /// Reports the parts of the signature that are invalid for a health check.
    fn validate(&self, errors: &mut Errors) {
        let signature = &self.function.sig;
        for parameter in &signature.generics.params {
            if !matches!(parameter, GenericParam::Lifetime(_)) {
                errors.at(
                    parameter,
                    "a health check cannot be generic: the framework cannot choose the parameter; remove it",
                );
            }
        }
        for argument in &signature.inputs {
            match argument {
                FnArg::Receiver(receiver) => errors.at(
                    receiver,
                    "a health check cannot take `self`; make it a free function with `Resource<T>` arguments",
                ),
                FnArg::Typed(argument) if !is_injectable(&argument.ty) => errors.at(
                    &argument.ty,
                    "invalid health check argument: arguments are injected by type; take a `Resource<T>` or `CheckContext`",
                ),
                FnArg::Typed(_) => {}
            }
        }
        // Searched in the tokens, because the field differs between `syn` 2 and 3.
        let mut qualifiers = signature.to_token_stream().into_iter().take_while(|token| token.to_string() != "fn");
        if let Some(unsafety) = qualifiers.find(|token| token.to_string() == "unsafe") {
            errors.at(unsafety, "a health check cannot be `unsafe`: the framework calls it; remove `unsafe`");
        }
        if let Some(semicolon) = &self.function.semicolon {
            errors.at(semicolon, "a health check must have a body; add one");
        }
        // A nested `impl` block in the body may use `Self` too.
        let is_of_a_type = self.function.mentions("Self") && !self.function.mentions("impl");
        if self.owner.is_none() && is_of_a_type {
            errors.at(
                &signature.ident,
                "a health check in an `impl` block is registered by the block; add `#[health_check]` to the block too",
            );
        }
    }
}

/// Returns `true` for a type that can be injected: nameable, by value or shared reference.
fn is_injectable(ty: &Type) -> bool {
    !has_impl(ty.to_token_stream()) && !matches!(ty, Type::Reference(reference) if reference.mutability.is_some())
}
