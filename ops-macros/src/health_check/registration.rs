//! Generates the registration of a [`HealthCheck`]: its descriptor and the function that runs it.

use super::check::HealthCheck;
use crate::args::Text;
use crate::common::calls::{checked, location};
use crate::common::crate_path::CratePath;
use crate::common::spans::{ends, mixed_site_at, start};
use crate::syntax::future_type::returns_future;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, FnArg, ReturnType, Type};

impl HealthCheck {
    /// Generates the item that registers the check at link time.
    pub(super) fn registration(&self) -> TokenStream {
        let private = self.crate_path.internal();
        let (descriptor, run) = (self.descriptor(), self.run());
        quote! {
            const _: () = {
                #private::inventory::submit! {
                    #private::LinkedCheck::new(#descriptor, #run)
                }
            };
        }
    }

    /// Generates the `CheckDescriptor`.
    fn descriptor(&self) -> TokenStream {
        let crate_path = &self.crate_path;
        let private = crate_path.internal();
        let ident = &self.function.sig.ident;
        let name = self.name.clone().unwrap_or_else(|| Text::literal(&self.function.name(), ident.span()));
        let name = checked(crate_path, "check_name", &name);
        let help = &self.help;
        let word = |function: &'static str| move |value: &Expr| literal_or(crate_path, function, None, value);
        let kind = self.kind.iter().map(word("check_kind"));
        let kinds = self.kinds.iter().map(|kinds| {
            let kinds = kinds.iter().map(|kind| checked(crate_path, "check_kind", kind));
            quote!(.kinds(&[#(#kinds),*]))
        });
        let initial = self.initial.iter().map(word("check_status"));
        let duration = |value: &Expr| literal_or(crate_path, "duration", Some("positive"), value);
        let (timeout, interval) = (self.timeout.iter().map(duration), self.interval.iter().map(duration));
        let grace = self.grace.iter().map(duration);
        let threshold = |value: &Expr| checked(crate_path, "threshold", value);
        let failure_threshold = self.failure_threshold.iter().map(threshold);
        let success_threshold = self.success_threshold.iter().map(threshold);
        let groups = self.groups.iter().map(|group| checked(crate_path, "group_name", group));
        let groups = (!self.groups.is_empty()).then(|| quote!(.groups(&[#(#groups),*])));
        let critical = self.critical.iter();
        let tags = &self.tags;
        let location = location(crate_path, ident);
        quote! {
            #private::CheckDescriptor::new(#name)
                .help(#help)
                #(.kind(#kind))*
                #(#kinds)*
                #(.timeout(#timeout))*
                #(.critical(#critical))*
                #(.interval(#interval))*
                #(.failure_threshold(#failure_threshold))*
                #(.success_threshold(#success_threshold))*
                #(.initial(#initial))*
                #(.grace(#grace))*
                #groups
                .tags(&[#(#tags),*])
                .location(#location)
        }
    }

    /// Generates the closure that runs the check with a `CheckContext`.
    fn run(&self) -> TokenStream {
        let private = self.crate_path.internal();
        let context = Ident::new("__ops_context", Span::mixed_site());
        let inject = self.inject_arguments(&context);
        let call = self.call();
        if self.is_async() {
            let at = self.function.sig.ident.span();
            let located = self.crate_path.private(at);
            let future = quote_spanned!(mixed_site_at(at)=> #located::check_future(async move { #inject #call }));
            quote!(#private::Run::Async(|#context: #private::CheckContext| #future))
        } else {
            quote!(#private::Run::Blocking(|#context: #private::CheckContext| { #inject #call }))
        }
    }

    fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some() || returns_future(&self.function.sig.output)
    }

    /// Generates a local for each argument, and an early return if its resource is missing.
    fn inject_arguments(&self, context: &Ident) -> TokenStream {
        let private = self.crate_path.internal();
        let arguments = self.function.sig.inputs.iter().enumerate();
        let injections = arguments.filter_map(|(at, argument)| match argument {
            FnArg::Receiver(_) => None,
            FnArg::Typed(argument) => {
                let (local, ty) = (argument_local(at), self.named(without_reference(&argument.ty)));
                let located = self.crate_path.private(start(&ty));
                let inject =
                    quote_spanned!(mixed_site_at(start(&ty))=> <#ty as #located::FromContext>::from_context(&#context));
                Some(quote! {
                    let #local = match #inject {
                        #private::core::result::Result::Ok(__ops_value) => __ops_value,
                        #private::core::result::Result::Err(__ops_missing) => return #private::missing(__ops_missing),
                    };
                })
            }
        });
        quote!(let _ = &#context; #(#injections)*)
    }

    /// Returns `ty` with `Self` replaced by the type of the `impl` block.
    fn named(&self, ty: &Type) -> TokenStream {
        match &self.owner {
            Some(owner) => replace_self(ty.to_token_stream(), owner),
            None => ty.to_token_stream(),
        }
    }

    /// Generates the call and the conversion to `Outcome`, with errors reported at the return type.
    fn call(&self) -> TokenStream {
        let signature = &self.function.sig;
        let ident = &signature.ident;
        let arguments = signature.inputs.iter().enumerate().map(|(at, argument)| {
            let (local, is_reference) =
                (argument_local(at), matches!(argument, FnArg::Typed(argument) if is_reference(&argument.ty)));
            if is_reference { quote!(&#local) } else { local.into_token_stream() }
        });
        let (first, last) = match &signature.output {
            ReturnType::Default => (ident.span(), ident.span()),
            ReturnType::Type(_, ty) => ends(ty),
        };
        let private = self.crate_path.private(first);
        // The error covers the argument of `into_outcome`, which spans from `first` to `last`.
        let mut function = ident.clone();
        function.set_span(mixed_site_at(first));
        let function = match &self.owner {
            Some(owner) => quote_spanned!(mixed_site_at(first)=> <#owner>::#function),
            None => function.into_token_stream(),
        };
        let dot_await = self.is_async().then(|| quote_spanned!(mixed_site_at(last)=> .await));
        let call = quote_spanned!(mixed_site_at(last)=> (#(#arguments),*)#dot_await);
        quote_spanned!(mixed_site_at(first)=> #private::IntoOutcome::into_outcome(#function #call))
    }
}

/// Generates a call of the `const fn` `function` with a literal, or of `constant` with a constant.
///
/// Without `constant`, a constant is returned unchanged.
fn literal_or(crate_path: &CratePath, function: &str, constant: Option<&str>, value: &Expr) -> TokenStream {
    match (value, constant) {
        (Expr::Lit(_), _) => checked(crate_path, function, value),
        (_, Some(constant)) => checked(crate_path, constant, value),
        _ => value.to_token_stream(),
    }
}

fn replace_self(tokens: TokenStream, owner: &Type) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => owner.to_token_stream(),
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), replace_self(group.stream(), owner));
            replaced.set_span(group.span());
            replaced.to_token_stream()
        }
        token => token.to_token_stream(),
    };
    tokens.into_iter().map(replace).collect()
}

fn is_reference(ty: &Type) -> bool {
    matches!(ty, Type::Reference(_))
}

/// Returns the referenced type, if `ty` is a reference.
fn without_reference(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => &reference.elem,
        ty => ty,
    }
}

fn argument_local(at: usize) -> Ident {
    format_ident!("__ops_argument_{at}", span = Span::mixed_site())
}
