//! The code around a body.
//!
//! ```text
//! #[metric]                            →  fn price(amount: u64) -> u64 {
//! #[instrument_span]                   →      let call = { static SITE: FunctionMetric = ..; &SITE }.enter();
//! fn price(amount: u64) -> u64 {       →      let span = { static SITE: SpanSite = ..; &SITE }.enter(Some(&call));
//!     amount * 2                       →      let returned: u64 = { amount * 2 };
//! }                                    →      let outcome = (&Returned(&returned)).outcome();
//!                                      →      finish both with it; returned
//!                                      →  }
//!
//! that may leave before its end        →      let returned = call(move || -> u64 { .. });
//!
//! async, that awaits in a span         →      let returned: u64 = { in_span(fee(), &mut span).await + amount };
//! async, that may leave as well        →      let returned = in_span(async move { .. }, &mut span).await;
//!
//! -> impl Future<Output = u64>         →      let future = future(move || { .. }); span.exit();
//!                                      →      async move { let returned = in_span(future, &mut span).await; .. }
//!
//! -> Pin<Box<dyn Future>>              →      let returned = call(move || { .. });
//! -> BoxFuture<'_, u64>                →      let kind = (&MaybeFuture(&returned)).kind();
//!                                      →      kind.measure(returned, Measured { call, span }, |value| how it ended)
//! ```
//!
//! The span is the current one from its start to its end, but while a future waits. An `async` body that cannot leave before
//! its end stands where it stood, measured by a guard beside its locals: without a span no poll costs more than without.
//!
//! A body that is nothing but `async move { .. }` or `Box::pin(async move { .. })`, as `#[async_trait]` leaves them, is
//! that of an `async fn`: the code stands inside. A panic, or a future that is dropped, leaves through the destructors of
//! `call` and `span`.

use super::awaits::awaiting;
use super::early_exit::has_early_exit;
use super::function_kind::{FunctionKind, function_kind};
use super::guard_clauses::{broken_out_of, label};
use super::instrumented::Instrumented;
use super::mutable_arguments::take_mutable_arguments;
use super::token_tree::{Token, read};
use super::wrap::local;
use crate::common::spans::{here, start};
use crate::syntax::function::Body;
use crate::syntax::return_type::OutputType;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::ReturnType;

/// The wrapped body, the largest part of the expansion.
impl Instrumented {
    pub(super) fn expand(mut self) -> TokenStream {
        let Some(body) = self.function.body.take() else {
            return self.function.into_token_stream();
        };
        let kind = function_kind(&self.function, &body);
        let Body { inner_attrs, statements } = body;
        let inside = self.inside(kind, &statements);
        let mut body = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #inside));
        body.set_span(statements.span());
        let mut tokens = self.function.head();
        tokens.append(body);
        tokens
    }

    fn inside(&mut self, kind: FunctionKind, statements: &Group) -> TokenStream {
        match kind {
            FunctionKind::Call(output) => self.call(&output, read(statements.stream()), statements),
            FunctionKind::Async { output, tokens, block: None } => self.in_async(&output, tokens, statements),
            FunctionKind::Async { output, tokens, block: Some(block) } => {
                let inside = self.in_async(&output, tokens, &block.statements);
                block.with(inside)
            }
            FunctionKind::AsyncCall { output, tokens, block: None } => self.call(&output, tokens, statements),
            FunctionKind::AsyncCall { output, tokens, block: Some(block) } => {
                let inside = self.call(&output, tokens, &block.statements);
                block.with(inside)
            }
            FunctionKind::Future(output) => self.future(&output, statements),
            FunctionKind::MaybeFuture(ty) => self.maybe_future(&ty, statements),
        }
    }

    fn call(&mut self, output: &OutputType, tokens: Vec<Token>, statements: &Group) -> TokenStream {
        if let OutputType::Never = output {
            let (enter, statements) = (self.enter(), statements.stream());
            return quote!(#enter #statements);
        }
        if let Some(tokens) = self.in_place(output, tokens, statements.span(), false) {
            return tokens;
        }
        let private = self.crate_path.internal();
        let mutable = take_mutable_arguments(&mut self.function.sig);
        let (result, enter, finish) = (local("returned"), self.enter(), self.finish());
        let body = block(&mutable, statements.stream(), statements.span());
        match output {
            OutputType::Named(ty) => {
                let closure = closure(ty, &body);
                quote!(#enter let #result = #private::call(#closure); #finish #result)
            }
            OutputType::Never | OutputType::Inferred => {
                quote!(#enter let #result = #private::call(move || #body); #finish #result)
            }
        }
    }

    /// The body where it stood, if nothing leaves it but its value and what guard clauses refuse with.
    fn in_place(&mut self, output: &OutputType, tokens: Vec<Token>, braces: Span, awaits: bool) -> Option<TokenStream> {
        let OutputType::Named(ty) = output else { return None };
        // An error about what it borrows belongs where the value is.
        let value = Ident::new("returned", here(tokens.last().map_or(braces, Token::span)));
        let has_guards = has_early_exit(&tokens);
        let tokens = if has_guards { broken_out_of(tokens)? } else { tokens };
        let statements = if awaits && self.span.is_some() {
            let body = awaiting(tokens, &self.crate_path.internal())?;
            self.reenters_span = body.awaits;
            body.statements
        } else {
            tokens.into_iter().map(Token::into_tree).collect()
        };
        let body = block(&TokenStream::new(), statements, braces);
        let (private, result) = (self.crate_path.internal(), local("returned"));
        let body = if has_guards {
            let label = label();
            quote!(#label: #body)
        } else {
            // The other branch is for the compiler, to which nothing follows a body that never ends.
            quote!(if true #body else { #private::unreached() })
        };
        let (enter, finish) = (self.enter(), self.finish_of(Some(ty)));
        Some(quote!(#enter let #result: #ty = #body; #finish #value))
    }

    fn in_async(&mut self, output: &OutputType, tokens: Vec<Token>, statements: &Group) -> TokenStream {
        if let Some(tokens) = self.in_place(output, tokens, statements.span(), true) {
            return tokens;
        }
        self.reenters_span = true;
        let is_all = self.function.sig.asyncness.is_some();
        let mutable = if is_all { take_mutable_arguments(&mut self.function.sig) } else { TokenStream::new() };
        let private = self.crate_path.internal();
        let (result, enter, finish) = (local("returned"), self.enter(), self.finish());
        // An early `return` has to know the type before it is met.
        let typed = match output {
            OutputType::Named(ty) => Some(quote_spanned! {here(self.output_span())=>
                if false {
                    return #private::unreached::<#ty>();
                }
            }),
            OutputType::Never | OutputType::Inferred => None,
        };
        let body = block(&quote!(#typed #mutable), statements.stream(), statements.span());
        if let OutputType::Never = output {
            let run = self.run(&quote!(#private::never(async move #body)));
            return quote!(#enter #run);
        }
        let keywords = match output {
            OutputType::Named(_) => quote_spanned!(body.span_open()=> async move),
            OutputType::Never | OutputType::Inferred => quote!(async move),
        };
        let run = self.run(&quote!(#keywords #body));
        quote!(#enter let #result = #run; #finish #result)
    }

    fn future(&mut self, output: &TokenStream, statements: &Group) -> TokenStream {
        let at = self.output_span();
        let private = self.crate_path.private(at);
        let mutable = take_mutable_arguments(&mut self.function.sig);
        let (future, result, span) = (local("future"), local("returned"), local("span"));
        self.reenters_span = true;
        let (enter, finish) = (self.enter(), self.finish());
        let body = block(&mutable, statements.stream(), statements.span());
        let make = quote_spanned!(here(at)=> #private::future::<#output, _>);
        let run = self.run(&future.to_token_stream());
        let leave = self.span.as_ref().map(|_| quote!(#span.exit();));
        let span = self.span.as_ref().map(|_| quote!(let mut #span = #span;));
        quote! {
            #enter
            let #future = #make(move || #body);
            #leave
            async move { #span let #result = #run; #finish #result }
        }
    }

    fn maybe_future(&mut self, ty: &TokenStream, statements: &Group) -> TokenStream {
        let private = self.crate_path.internal();
        let mutable = take_mutable_arguments(&mut self.function.sig);
        let (result, kind, value) = (local("returned"), local("kind"), local("value"));
        let enter = self.enter();
        let body = block(&mutable, statements.stream(), statements.span());
        let closure = closure(ty, &body);
        let look = quote!(#private::Returned);
        let outcome =
            self.rule.outcome(&self.crate_path, &look, |at| Ident::new("value", here(at)).into_token_stream());
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
            let #result = #private::call(#closure);
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

    /// Where the return type stands.
    fn output_span(&self) -> Span {
        match &self.function.sig.output {
            ReturnType::Default => self.function.sig.ident.span(),
            ReturnType::Type(_, ty) => start(ty),
        }
    }
}

/// `statements` with others before them, in the user's own braces.
fn block(before: &TokenStream, statements: TokenStream, braces: Span) -> Group {
    let mut block = Group::new(Delimiter::Brace, quote!(#before #statements));
    block.set_span(braces);
    block
}

/// The body as a closure that stands where the braces stand: lints take it for what the user wrote, and so look into it.
fn closure(ty: &TokenStream, body: &Group) -> TokenStream {
    quote_spanned!(body.span_open()=> move || -> #ty #body)
}
