//! `#[health_check]` on a free function.
//!
//! ```text
//! #[health_check("db")]                           →  the function, as it is, and
//! async fn database(pool: Resource<Pool>)         →  const _: () = {
//!     -> Result<(), PoolError> { .. }             →      inventory::submit! { LinkedCheck { descriptor, run: Run::Async(
//!                                                 →          |context| fill the arguments, call, into_outcome
//!                                                 →      ) } }
//!                                                 →  };
//! ```

mod expand;

use crate::args::{Args, Form};
use crate::documentation::help;
use crate::errors::Errors;
use crate::item::Item;
use crate::paths::Ops;
use crate::returned::has_impl;
use crate::signature::Function;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{FnArg, GenericParam, LitBool, LitStr, Safety, Token};

const FORM: Form = Form {
    attribute: "`#[health_check]`",
    name: Some("#[health_check(\"db\")]"),
    options: &["kind", "timeout", "critical", "tags"],
};

/// A function that is a health check.
struct HealthCheck {
    ops: Ops,
    name: Option<LitStr>,
    kind: Option<LitStr>,
    timeout: Option<LitStr>,
    critical: Option<LitBool>,
    tags: Vec<LitStr>,
    help: String,
    function: Function,
}

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let function = match syn::parse2(item)? {
        Item::Function(function) => function,
        Item::Static(item) => return Err(misplaced(item.static_token)),
        Item::Impl(block) => return Err(misplaced(block.into_iter().next())),
        Item::Other(at) => return Err(misplaced(at)),
    };
    let mut errors = Errors::default();
    let mut args = Args::parse(args, &FORM, &mut errors);
    let check = HealthCheck {
        ops: args.ops(&mut errors),
        kind: args.string("kind", &mut errors),
        timeout: args.string("timeout", &mut errors),
        critical: args.boolean("critical", &mut errors),
        tags: args.list("tags", "tags(\"storage\")", &mut errors, tags).unwrap_or_default(),
        name: args.name,
        help: help(&function.attrs),
        function,
    };
    check.validate(&mut errors);
    Ok(errors.finish(check)?.expand())
}

fn misplaced(at: impl ToTokens) -> syn::Error {
    syn::Error::new_spanned(at, "`#[health_check]` goes on a function")
}

fn tags(input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

impl HealthCheck {
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
                FnArg::Typed(argument) if has_impl(argument.ty.to_token_stream()) => errors.at(
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
    }
}
