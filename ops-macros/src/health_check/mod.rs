//! `#[health_check]` on a free function, or on an `impl` block and its associated functions.
//!
//! ```text
//! #[health_check("db")]                           →  the function, as it is, and
//! async fn database(pool: Resource<Pool>)         →  const _: () = {
//!     -> Result<(), PoolError> { .. }             →      inventory::submit! { LinkedCheck { descriptor, run: Run::Async(
//!                                                 →          |context| fill the arguments, call, into_outcome
//!                                                 →      ) } }
//!                                                 →  };
//! ```

mod associated;
mod expand;

use crate::args::{Args, Form, Text};
use crate::crate_name::Root;
use crate::documentation::doc_comment;
use crate::errors::Errors;
use crate::item::Item;
use crate::paths::CratePath;
use crate::returned::has_impl;
use crate::signature::Function;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Expr, FnArg, GenericParam, Lit, Safety, Token, Type};

const FORM: Form = Form {
    attribute: "`#[health_check]`",
    name: Some("#[health_check(\"db\")]"),
    options: &[
        "kind",
        "kinds",
        "timeout",
        "critical",
        "every",
        "failures",
        "successes",
        "initial",
        "grace",
        "groups",
        "tags",
    ],
};

/// A function that is a health check.
struct HealthCheck {
    crate_path: CratePath,
    name: Option<Text>,
    kind: Option<Expr>,
    kinds: Option<Vec<Text>>,
    timeout: Option<Expr>,
    critical: Option<Expr>,
    every: Option<Expr>,
    failures: Option<Expr>,
    successes: Option<Expr>,
    initial: Option<Expr>,
    grace: Option<Expr>,
    groups: Vec<Text>,
    tags: Vec<Text>,
    help: String,
    function: Function,
    /// The type that it is an associated function of.
    owner: Option<Type>,
}

pub(crate) fn expand(root: Root, args: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    match syn::parse2(item)? {
        Item::Function(function) => {
            let mut errors = Errors::default();
            let check = HealthCheck::read(args, function, None, &CratePath::new(root, None), &mut errors);
            let check = errors.finish(check)?;
            let (function, registration) = (&check.function, check.registration());
            Ok(quote::quote!(#function #registration))
        }
        Item::Impl(block) => associated::expand(root, args, block),
        Item::Static(item) => Err(misplaced(item.static_token)),
        Item::Other(at) => Err(misplaced(at)),
    }
}

fn misplaced(at: impl ToTokens) -> syn::Error {
    syn::Error::new_spanned(at, "`#[health_check]` goes on a function, or on an `impl` block with such functions")
}

fn texts(input: ParseStream<'_>) -> syn::Result<Vec<Text>> {
    Ok(Punctuated::<Text, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

impl HealthCheck {
    fn read(
        args: TokenStream,
        function: Function,
        owner: Option<Type>,
        crate_path: &CratePath,
        errors: &mut Errors,
    ) -> Self {
        let mut args = Args::parse(args, &FORM, errors);
        let own = args.crate_path(crate_path.root(), errors);
        let is_text = |literal: &Lit| matches!(literal, Lit::Str(_));
        let is_number = |literal: &Lit| matches!(literal, Lit::Int(_));
        let a_duration = "a string, as `\"500ms\"`, or a `Duration`";
        args.exclude("kind", "kinds", "write all kinds in `kinds(..)`", errors);
        let check = HealthCheck {
            crate_path: if own.is_given() { own } else { crate_path.clone() },
            kind: args.constant("kind", "a string, as `\"liveness\"`, or a `CheckKind`", errors, is_text),
            kinds: args.list("kinds", "kinds(\"readiness\", \"startup\")", errors, texts),
            timeout: args.constant("timeout", a_duration, errors, is_text),
            critical: args.boolean("critical", errors),
            every: args.constant("every", a_duration, errors, is_text),
            failures: args.constant("failures", "a number, as `3`", errors, is_number),
            successes: args.constant("successes", "a number, as `2`", errors, is_number),
            initial: args.constant("initial", "a string, as `\"healthy\"`, or a `Status`", errors, is_text),
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

    fn validate(&self, errors: &mut Errors) {
        let signature = &self.function.sig;
        for parameter in &signature.generics.params {
            if !matches!(parameter, GenericParam::Lifetime(_)) {
                errors.at(
                    parameter,
                    "a health check has no type parameters: nothing calls it by name, so nothing could choose them",
                );
            }
        }
        for argument in &signature.inputs {
            match argument {
                FnArg::Receiver(receiver) => errors.at(
                    receiver,
                    "a health check has no `self`: make it a free function and take what it needs as a `Resource<T>`",
                ),
                FnArg::Typed(argument) if !is_filled(&argument.ty) => errors.at(
                    &argument.ty,
                    "an argument of a health check is filled by its type: write a `Resource<T>` or `CheckContext`",
                ),
                FnArg::Typed(_) => {}
            }
        }
        if let Safety::Unsafe(unsafety) = &signature.safety {
            errors.at(unsafety, "a health check is called by the framework, and so it cannot be `unsafe`");
        }
        if let Some(semicolon) = &self.function.semicolon {
            errors.at(semicolon, "a health check has a body");
        }
        // A body may hold a type with an `impl` block of its own.
        let is_of_a_type = self.function.mentions("Self") && !self.function.mentions("impl");
        if self.owner.is_none() && is_of_a_type {
            errors.at(
                &signature.ident,
                "a health check in an `impl` block is found if `#[health_check]` is on the block too",
            );
        }
    }
}

/// Whether the type of an argument can say what fills it: one that has a name, by value or by reference.
fn is_filled(ty: &Type) -> bool {
    !has_impl(ty.to_token_stream()) && !matches!(ty, Type::Reference(reference) if reference.mutability.is_some())
}
