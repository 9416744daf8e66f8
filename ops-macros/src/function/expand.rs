//! The code around a body.
//!
//! ```text
//! #[metric]                            →  fn price(amount: u64) -> u64 {
//! #[instrument_span]                   →      let call = { static SITE: FunctionMetric = ..; &SITE }.enter();
//! fn price(amount: u64) -> u64 {       →      let span = { static SITE: SpanSite = ..; &SITE }.enter(Some(&call));
//!     amount * 2                       →      let returned = { let _scope = span.scope(); call(move || -> u64 { amount * 2 }) };
//! }                                    →      let outcome = (&Returned(&returned)).outcome();
//!                                      →      finish both with it; returned
//!                                      →  }
//!
//! async                                →      let returned = InSpan::new(&mut span, async move { amount * 2 }).await;
//!
//! -> impl Future<Output = u64>         →      let future = future(move || { .. });
//!                                      →      async move { let returned = future.await; finish with it; returned }
//!
//! -> Pin<Box<dyn Future>>              →      let returned = call(move || { .. });
//! -> BoxFuture<'_, u64>                →      let kind = (&MaybeFuture(&returned)).kind();
//!                                      →      kind.measure(returned, Measured { call, span }, |value| how it ended)
//! ```
//!
//! An `async` body in which nothing awaits is a call like any other, in the `async fn` that it stands in.
//!
//! A body that is nothing but `async move { .. }` or `Box::pin(async move { .. })`, as `#[async_trait]` leaves them, is
//! that of an `async fn`: the code stands inside. A panic, or a future that is dropped, leaves through the destructors of
//! `call` and `span`.

use super::Instrumented;
use super::shape::{Shape, shape};
use crate::paths::{here, start};
use crate::returned::Returned;
use crate::signature::Body;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, format_ident, quote, quote_spanned};
use syn::ReturnType;

impl Instrumented {
    pub(super) fn expand(mut self) -> TokenStream {
        let Some(body) = self.function.body.take() else {
            return self.function.into_token_stream();
        };
        let shape = shape(&self.function, &body);
        self.is_polled = matches!(shape, Shape::Async { .. });
        let Body { inner_attrs, statements } = body;
        let inside = self.inside(shape, &statements);
        let mut body = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #inside));
        body.set_span(statements.span());
        let mut tokens = self.function.head();
        tokens.append(body);
        tokens
    }

    fn inside(&mut self, shape: Shape, statements: &Group) -> TokenStream {
        match shape {
            Shape::Call(returned) => self.call(&returned, statements),
            Shape::Async { returned, around: None } => {
                let mutable = self.take_mutable_arguments();
                self.in_async(&returned, &mutable, statements)
            }
            Shape::Async { returned, around: Some(around) } => {
                let inside = self.in_async(&returned, &TokenStream::new(), &around.statements);
                around.with(inside)
            }
            Shape::AsyncCall { returned, around: None } => self.call(&returned, statements),
            Shape::AsyncCall { returned, around: Some(around) } => {
                let inside = self.call(&returned, &around.statements);
                around.with(inside)
            }
            Shape::Future(output) => self.future(&output, statements),
            Shape::MaybeFuture(ty) => self.maybe_future(&ty, statements),
        }
    }

    fn call(&mut self, returned: &Returned, statements: &Group) -> TokenStream {
        let private = self.ops.internal();
        let mutable = self.take_mutable_arguments();
        let (result, enter, scope, finish) = (local("returned"), self.enter(), self.scope(), self.finish());
        let body = block(&mutable, statements);
        match returned {
            Returned::Never => {
                let statements = statements.stream();
                quote!(#enter #scope #mutable #statements)
            }
            Returned::Named(ty) => {
                let closure = closure(ty, &body);
                quote!(#enter let #result = { #scope #private::call(#closure) }; #finish #result)
            }
            Returned::Inferred => {
                quote!(#enter let #result = { #scope #private::call(move || #body) }; #finish #result)
            }
        }
    }

    fn in_async(&self, returned: &Returned, mutable: &TokenStream, statements: &Group) -> TokenStream {
        let private = self.ops.internal();
        let (result, enter, finish) = (local("returned"), self.enter(), self.finish());
        // An early `return` has to know the type before it is met.
        let typed = match returned {
            Returned::Named(ty) => Some(quote_spanned! {here(self.returned_at())=>
                if let #private::Some(early) = #private::no::<#ty>() {
                    return early;
                }
            }),
            Returned::Never | Returned::Inferred => None,
        };
        let body = block(&quote!(#typed #mutable), statements);
        if let Returned::Never = returned {
            let run = self.run(&quote!(#private::never(async move #body)));
            return quote!(#enter #run);
        }
        let keywords = match returned {
            Returned::Named(_) => quote_spanned!(body.span_open()=> async move),
            Returned::Never | Returned::Inferred => quote!(async move),
        };
        let run = self.run(&quote!(#keywords #body));
        quote!(#enter let #result = #run; #finish #result)
    }

    fn future(&mut self, output: &TokenStream, statements: &Group) -> TokenStream {
        let at = self.returned_at();
        let private = self.ops.private(at);
        let mutable = self.take_mutable_arguments();
        let (future, result, span) = (local("future"), local("returned"), local("span"));
        let (enter, scope, finish) = (self.enter(), self.scope(), self.finish());
        let body = block(&mutable, statements);
        let make = quote_spanned!(here(at)=> #private::future::<#output, _>);
        let run = self.run(&future.to_token_stream());
        let span = self.span.as_ref().map(|_| quote!(let mut #span = #span;));
        quote! {
            #enter
            let #future = { #scope #make(move || #body) };
            async move { #span let #result = #run; #finish #result }
        }
    }

    fn maybe_future(&mut self, ty: &TokenStream, statements: &Group) -> TokenStream {
        let private = self.ops.internal();
        let mutable = self.take_mutable_arguments();
        let (result, kind, value) = (local("returned"), local("kind"), local("value"));
        let (enter, scope) = (self.enter(), self.scope());
        let body = block(&mutable, statements);
        let closure = closure(ty, &body);
        let outcome = self.rule.outcome(&self.ops, |at| Ident::new("value", here(at)).into_token_stream());
        let part = |name: &str, is_there: bool| {
            let (field, local) = (Ident::new(name, Span::call_site()), local(name));
            match is_there {
                true => quote!(#field: #private::Some(#local)),
                false => quote!(#field: #private::None),
            }
        };
        let (call, span) = (part("call", self.metric.is_some()), part("span", self.span.is_some()));
        quote! {
            #enter
            let #result = { #scope #private::call(#closure) };
            let #kind = {
                use #private::{BoxedFuture as _, NoFuture as _};
                (&#private::MaybeFuture(&#result)).kind()
            };
            #kind.measure(#result, #private::Measured { #call, #span }, |#value| {
                use #private::Inspect as _;
                #private::Seen { outcome: #outcome, error: (&#private::Returned(#value)).error() }
            })
        }
    }

    /// Counts the call in and starts the span.
    fn enter(&self) -> TokenStream {
        let private = self.ops.internal();
        let metric = self.metric.as_ref().map(|metric| {
            let call = local("call");
            let constant = metric.constant(&self.ops, &self.function, &self.path);
            let site = self.site("function_element", "FunctionMetric", &constant);
            let enter = metric.values(&self.ops).map_or_else(|| quote!(enter()), |values| quote!(enter_with(#values)));
            quote!(let #call = #site.#enter;)
        });
        let span = self.span.as_ref().map(|span| {
            let (active, mutability) = (local("span"), self.is_polled.then(|| quote!(mut)));
            let constant = span.constant(&self.ops, &self.function);
            let site = self.site("span_element", "SpanSite", &constant);
            let call = match &self.metric {
                Some(_) => {
                    let call = local("call");
                    quote!(#private::Some(&#call))
                }
                None => quote!(#private::None),
            };
            let enter = match span.fields(&self.ops) {
                Some(fields) => quote!(enter_with(#call, || #fields)),
                None => quote!(enter(#call)),
            };
            quote!(let #mutability #active = #site.#enter;)
        });
        quote!(#metric #span)
    }

    /// A reference to an element of a slice that the linker collects, in a block of its own so that no name of it is
    /// in the way of the user's.
    fn site(&self, element: &str, ty: &str, constant: &TokenStream) -> TokenStream {
        let private = self.ops.internal();
        let (element, ty) = (format_ident!("{element}"), format_ident!("{ty}"));
        quote! {
            {
                #private::#element! { static SITE: #private::#ty = #constant; }
                &SITE
            }
        }
    }

    /// Where the return type stands.
    fn returned_at(&self) -> Span {
        match &self.function.sig.output {
            ReturnType::Default => self.function.sig.ident.span(),
            ReturnType::Type(_, ty) => start(ty),
        }
    }

    /// Makes the span the current one.
    fn scope(&self) -> Option<TokenStream> {
        let (scope, span) = (local("_scope"), local("span"));
        self.span.as_ref().map(|_| quote!(let #scope = #span.scope();))
    }

    /// Runs `future`, each poll of it in the span.
    fn run(&self, future: &TokenStream) -> TokenStream {
        let (private, span) = (self.ops.internal(), local("span"));
        match &self.span {
            Some(_) => quote!(#private::InSpan::new(&mut #span, #future).await),
            None => quote!(#future.await),
        }
    }

    /// Says how it ended that returned `returned`.
    fn finish(&self) -> TokenStream {
        let private = self.ops.internal();
        let (result, call, span) = (local("returned"), local("call"), local("span"));
        let outcome = self.rule.outcome(&self.ops, |at| {
            let result = Ident::new("returned", here(at));
            quote_spanned!(here(at)=> &#result)
        });
        let error = quote!((&#private::Returned(&#result)).error());
        let finish = match (&self.metric, &self.span) {
            (Some(_), Some(_)) => {
                let ended = local("outcome");
                quote!(let #ended = #outcome; #span.finish_after(#call.finish(#ended), #ended, #error);)
            }
            (None, Some(_)) => quote!(#span.finish(#outcome, #error);),
            (_, None) => quote!(#call.finish(#outcome);),
        };
        quote!({ use #private::Inspect as _; #finish })
    }
}

/// `statements` with others before them, in the user's own braces.
fn block(before: &TokenStream, statements: &Group) -> Group {
    let after = statements.stream();
    let mut block = Group::new(Delimiter::Brace, quote!(#before #after));
    block.set_span(statements.span());
    block
}

/// The body as a closure that stands where the braces stand: lints take it for what the user wrote, and so look into it.
fn closure(ty: &TokenStream, body: &Group) -> TokenStream {
    quote_spanned!(body.span_open()=> move || -> #ty #body)
}

/// A local that the user's code cannot see.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
