//! The code around a body.
//!
//! ```text
//! #[metric]                            →  fn price(amount: u64) -> u64 {
//! #[instrument_span]                   →      let call = { static METRIC: .. ; &METRIC }.enter(&[]);
//! fn price(amount: u64) -> u64 {       →      let span = { static SPAN: .. ; &SPAN }.enter(|| []);
//!     amount * 2                       →      let returned = { let _scope = span.scope(); call(move || -> u64 { amount * 2 }) };
//! }                                    →      let seen = (&&&Returned(&returned)).inspect();
//!                                      →      finish both with `seen`; returned
//!                                      →  }
//!
//! async                                →      let body = pin!(async move { amount * 2 });
//!                                      →      let returned = InSpan::new(&mut span, body).await;
//! ```
//!
//! A panic, or a future that is dropped, leaves through the destructors of `call` and `span`.

use super::Instrumented;
use crate::paths::{here, start};
use crate::returned::{Returned, returned};
use crate::signature::Body;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, format_ident, quote, quote_spanned};
use syn::{FnArg, Pat};

impl Instrumented {
    pub(super) fn expand(mut self) -> TokenStream {
        let Some(Body { inner_attrs, statements }) = self.function.body.take() else {
            return self.function.into_token_stream();
        };
        let mutable = self.take_mutable_arguments();
        let (enter, finish) = (self.enter(), self.finish());
        let run = self.run(&mutable, &statements);
        let mut body = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #enter #run #finish));
        body.set_span(statements.span());
        let mut tokens = self.function.head();
        tokens.append(body);
        tokens
    }

    /// `mut items: Vec<u8>` becomes `items: Vec<u8>` outside and `let mut items = items;` inside: what the body then
    /// assigns to it lives no longer than the body, as it would without the attribute.
    fn take_mutable_arguments(&mut self) -> TokenStream {
        let mut inside = TokenStream::new();
        for argument in &mut self.function.sig.inputs {
            if let FnArg::Typed(argument) = argument
                && let Pat::Ident(pattern) = &mut *argument.pat
                && pattern.by_ref.is_none()
                && pattern.subpat.is_none()
                && let Some(mutability) = pattern.mutability.take()
            {
                let ident = &pattern.ident;
                inside.extend(quote!(let #mutability #ident = #ident;));
            }
        }
        inside
    }

    fn enter(&self) -> TokenStream {
        let private = self.ops.internal();
        let metric = self.metric.as_ref().map(|metric| {
            let call = local("call");
            let constant = metric.constant(&self.ops, &self.function, &self.path);
            let site = self.site("FUNCTIONS", &quote!(#private::FunctionMetric), &constant);
            let values = metric.values(&self.ops);
            quote!(let #call = #site.enter(#values);)
        });
        let span = self.span.as_ref().map(|span| {
            let (active, mutability) = (local("span"), self.is_async().then(|| quote!(mut)));
            let constant = span.constant(&self.ops, &self.function);
            let site = self.site("SPANS", &quote!(#private::SpanSite), &constant);
            let fields = span.fields(&self.ops);
            quote!(let #mutability #active = #site.enter(|| #fields);)
        });
        quote!(#metric #span)
    }

    /// A reference to an element of a slice that the linker collects, in a block of its own so that no name of it is
    /// in the way of the user's.
    fn site(&self, slice: &str, ty: &TokenStream, constant: &TokenStream) -> TokenStream {
        let private = self.ops.internal();
        let slice = format_ident!("{slice}");
        quote! {
            {
                #[#private::linkme::distributed_slice(#private::#slice)]
                #[linkme(crate = #private::linkme)]
                static SITE: #ty = #constant;
                &SITE
            }
        }
    }

    /// Runs the body, and leaves what it returns in `returned`.
    fn run(&self, mutable: &TokenStream, statements: &Group) -> TokenStream {
        let private = self.ops.internal();
        let (result, span) = (local("returned"), local("span"));
        let returned = returned(&self.function.sig.output);
        if self.is_async() {
            return self.run_async(&returned, mutable, statements);
        }
        let scope = local("_scope");
        let scope = self.span.as_ref().map(|_| quote!(let #scope = #span.scope();));
        let body = block(mutable, statements);
        match returned {
            Returned::Never => {
                let statements = statements.stream();
                quote!(#scope #mutable #statements)
            }
            Returned::Named(ty) => quote!(let #result = { #scope #private::call(move || -> #ty #body) };),
            Returned::Inferred => quote!(let #result = { #scope #private::call(move || #body) };),
        }
    }

    fn run_async(&self, returned: &Returned, mutable: &TokenStream, statements: &Group) -> TokenStream {
        let private = self.ops.internal();
        let (result, span) = (local("returned"), local("span"));
        // An early `return` has to know the type before it is met.
        let typed = match returned {
            Returned::Named(ty) => Some(quote_spanned! {here(start(&self.function.sig.output))=>
                if let #private::core::option::Option::Some(early) = #private::no::<#ty>() {
                    return early;
                }
            }),
            Returned::Never | Returned::Inferred => None,
        };
        let body = block(&quote!(#typed #mutable), statements);
        let never = matches!(returned, Returned::Never);
        let body = if never { quote!(#private::never(async move #body)) } else { quote!(async move #body) };
        let run = match &self.span {
            Some(_) => quote!(#private::InSpan::new(&mut #span, #private::core::pin::pin!(#body)).await),
            None => quote!(#body.await),
        };
        if never { run } else { quote!(let #result = #run;) }
    }

    /// Says how it ended, and returns `returned`.
    fn finish(&self) -> TokenStream {
        let private = self.ops.internal();
        let (result, seen, call, span) = (local("returned"), local("seen"), local("call"), local("span"));
        if matches!(returned(&self.function.sig.output), Returned::Never) {
            return TokenStream::new();
        }
        let span = self.span.as_ref().map(|_| quote!(#span.finish(#seen.outcome, #seen.error);));
        let call = self.metric.as_ref().map(|_| quote!(#call.finish(#seen.outcome);));
        quote! {
            {
                use #private::Inspect as _;
                let #seen = (&&&#private::Returned(&#result)).inspect();
                #span
                #call
            }
            #result
        }
    }

    fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }
}

/// `statements` with others before them, in the user's own braces.
fn block(before: &TokenStream, statements: &Group) -> Group {
    let after = statements.stream();
    let mut block = Group::new(Delimiter::Brace, quote!(#before #after));
    block.set_span(statements.span());
    block
}

/// A local that the user's code cannot see.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
