//! The code around a body.
//!
//! ```text
//! #[metric]                            →  fn price(amount: u64) -> u64 {
//! #[instrument_span]                   →      let call = { static SITE: FunctionMetric = ..; &SITE }.enter();
//! fn price(amount: u64) -> u64 {       →      let span = { static SITE: SpanSite = ..; &SITE }.enter(Some(&call));
//!     amount * 2                       →      let returned: u64 = { amount * 2 };
//! }                                    →      let outcome = (&returned(&value)).outcome();
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
//! -> BoxFuture<'_, u64>                →      let measured = UntilReturn::new(Measured { call, span });
//!                                      →      let kind = (&MaybeFuture::<BoxFuture<'_, u64>>::new()).kind();
//! { .. Box::pin(work()) }              →      { .. Box::pin(kind.measure(work(), measured, |value| how it ended)) }
//!
//! { .. other(amount) }                 →      let returned = call(move || { .. });
//!                                      →      kind.measure_boxed(returned, measured, |value| how it ended)
//!
//! -> impl Fn(u64) -> u64               →      let measured = UntilReturn::new(Measured { call, span });
//! { .. move |amount| .. }              →      { .. move |amount| .. }
//! ```
//!
//! The span is the current one from its start to its end, but while a future waits. An `async` body that cannot leave before
//! its end stands where it stood, measured by a guard beside its locals: without a span no poll costs more than without.
//!
//! A body that is nothing but `async move { .. }` or `Box::pin(async move { .. })`, as `#[async_trait]` leaves them, is
//! that of an `async fn`: the code stands inside. A panic, or a future that is dropped, leaves through the destructors of
//! `call` and `span`.

use super::awaits::awaiting;
use super::boxed_exits::boxed_exits;
use super::early_exit::has_early_exit;
use super::function_kind::{FunctionKind, function_kind};
use super::guard_clauses::{broken_out_of, label};
use super::instrumented::Instrumented;
use super::mutable_arguments::take_mutable_arguments;
use super::tail_closure::tail_closure;
use super::token_tree::{Token, read};
use super::wrap::{local, local_at};
use crate::common::spans::{here, start};
use crate::options::metric_options::MetricOptions;
use crate::syntax::function::Body;
use crate::syntax::return_type::OutputType;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
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
            FunctionKind::MaybeFuture { ty, outlives_its_box } => self.maybe_future(&ty, outlives_its_box, statements),
        }
    }

    fn call(&mut self, output: &OutputType, tokens: Vec<Token>, statements: &Group) -> TokenStream {
        if let OutputType::Never = output {
            let enter = self.enter();
            return quote!(#enter #statements);
        }
        if self.returns_a_closure(output, &tokens) {
            let (enter, until_return) = (self.enter(), self.until_return());
            return quote!(#enter #until_return #statements);
        }
        if let Some(tokens) = self.in_place(output, tokens, statements.span(), false) {
            return tokens;
        }
        let private = self.crate_path.internal();
        let mutable = take_mutable_arguments(&mut self.function.sig);
        let (result, enter, finish) = (local("__ops_returned"), self.enter(), self.finish());
        let body = block(&mutable, statements.stream(), statements.span());
        let inferred = inferred(output);
        let closure = match output.named() {
            Some(ty) => closure(ty, &body),
            None => quote!(move || #body),
        };
        quote!(#enter let #result = #private::call(#closure); #inferred #finish #result)
    }

    /// `true` if an option has to see every value that the function returns.
    fn looks_at_every_value(&self) -> bool {
        self.rule.has_predicate() || self.metric.as_ref().is_some_and(MetricOptions::has_result_labels)
    }

    /// `true` if the function returns a closure, which is never an error.
    fn returns_a_closure(&self, output: &OutputType, tokens: &[Token]) -> bool {
        let OutputType::Opaque { is_closure, is_alone, .. } = *output else { return false };
        !self.looks_at_every_value() && (is_closure || (is_alone && tail_closure(tokens).is_some()))
    }

    /// The body where it stood, if nothing leaves it but its value and what guard clauses refuse with.
    fn in_place(&mut self, output: &OutputType, tokens: Vec<Token>, braces: Span, awaits: bool) -> Option<TokenStream> {
        let ty = output.named()?;
        // An error about what it borrows belongs where the value is.
        let value = local_at("__ops_returned", tokens.last().map_or(braces, Token::span));
        let has_guards = has_early_exit(&tokens);
        let tokens = if has_guards { broken_out_of(tokens)? } else { tokens };
        let statements = if awaits { self.awaiting_in_span(tokens)? } else { into_tokens(tokens) };
        let body = block(&TokenStream::new(), statements, braces);
        let (private, result) = (self.crate_path.internal(), local("__ops_returned"));
        let body = if has_guards {
            let label = label();
            quote!(#label: #body)
        } else {
            // The other branch is for the compiler, to which nothing follows a body that never ends.
            quote!(if true #body else { #private::unreached() })
        };
        let (enter, finish, inferred) = (self.enter(), self.finish_of(Some(ty)), inferred(output));
        Some(quote!(#enter let #result: #ty = #body; #inferred #finish #value))
    }

    /// `tokens`, each await of which is in the span, if there is one.
    fn awaiting_in_span(&mut self, tokens: Vec<Token>) -> Option<TokenStream> {
        if self.span.is_none() {
            return Some(into_tokens(tokens));
        }
        let body = awaiting(tokens, &self.crate_path.internal())?;
        self.reenters_span = body.awaits;
        Some(body.statements)
    }

    /// The body of an `async fn` that ends with a closure, before which the call ends. Nothing, if it has another exit.
    fn before_a_closure(&mut self, output: &OutputType, tokens: &[Token], statements: &Group) -> Option<TokenStream> {
        if !self.returns_a_closure(output, tokens) {
            return None;
        }
        let at = tail_closure(tokens).filter(|at| !has_early_exit(&tokens[..*at]))?;
        let (braces, mut tokens) = (statements.span(), read(statements.stream()));
        let closure = into_tokens(tokens.split_off(at));
        let statements = self.awaiting_in_span(tokens)?;
        let private = self.crate_path.internal();
        let (enter, until_return, measured) = (self.enter(), self.until_return(), local("__ops_measured"));
        let end = quote!(#until_return #private::core::mem::drop(#measured););
        let body = block(&TokenStream::new(), quote!(#statements #end #closure), braces);
        Some(quote!(#enter #body))
    }

    fn in_async(&mut self, output: &OutputType, tokens: Vec<Token>, statements: &Group) -> TokenStream {
        if let Some(tokens) = self.before_a_closure(output, &tokens, statements) {
            return tokens;
        }
        if let Some(tokens) = self.in_place(output, tokens, statements.span(), true) {
            return tokens;
        }
        self.reenters_span = true;
        let is_all = self.function.sig.asyncness.is_some();
        let mutable = if is_all { take_mutable_arguments(&mut self.function.sig) } else { TokenStream::new() };
        let private = self.crate_path.internal();
        let (result, enter, finish) = (local("__ops_returned"), self.enter(), self.finish());
        // An early `return` has to know the type before it is met.
        let typed = output.named().map(|ty| {
            quote_spanned! {here(self.output_span())=>
                if false {
                    return #private::unreached::<#ty>();
                }
            }
        });
        let body = block(&quote!(#typed #mutable), statements.stream(), statements.span());
        if let OutputType::Never = output {
            let run = self.run(&quote!(#private::never(async move #body)));
            return quote!(#enter #run);
        }
        let keywords = match output.named() {
            Some(_) => quote_spanned!(body.span_open()=> async move),
            None => quote!(async move),
        };
        let (run, inferred) = (self.run(&quote!(#keywords #body)), inferred(output));
        quote!(#enter let #result = #run; #inferred #finish #result)
    }

    fn future(&mut self, output: &TokenStream, statements: &Group) -> TokenStream {
        let at = self.output_span();
        let private = self.crate_path.private(at);
        let mutable = take_mutable_arguments(&mut self.function.sig);
        let (future, result, span) = (local("__ops_future"), local("__ops_returned"), local("__ops_span"));
        self.reenters_span = true;
        let (enter, finish) = (self.enter(), self.finish());
        let body = block(&mutable, statements.stream(), statements.span());
        let make = quote_spanned!(here(at)=> #private::future::<#output, _>);
        let run = self.run(&future.to_token_stream());
        let leave = self.span.as_ref().map(|_| quote!(#private::ActiveSpan::exit(&mut #span);));
        let span = self.span.as_ref().map(|_| quote!(let mut #span = #span;));
        quote! {
            #enter
            let #future = #make(move || #body);
            #leave
            async move { #span let #result = #run; #finish #result }
        }
    }

    fn maybe_future(&mut self, ty: &TokenStream, outlives_its_box: bool, statements: &Group) -> TokenStream {
        let private = self.crate_path.internal();
        let (kind, measured) = (local("__ops_kind"), local("__ops_measured"));
        let inspect = self.inspect();
        let exits = boxed_exits(statements, |future| quote!(#kind.measure(#future, #measured, #inspect)));
        let exits = exits.filter(|exits| exits.boxed > 0 && !(exits.passes_on && outlives_its_box));
        let mutable = if exits.is_none() { take_mutable_arguments(&mut self.function.sig) } else { TokenStream::new() };
        let (enter, until_return) = (self.enter(), self.until_return());
        let kind = quote! {
            let #kind = {
                use #private::{BoxedFuture as _, NoFuture as _};
                (&#private::MaybeFuture::<#ty>::new()).__ops_kind()
            };
        };
        if let Some(exits) = exits {
            let body = block(&TokenStream::new(), exits.statements, statements.span());
            return quote!(#enter #until_return #kind #body);
        }
        let (kind_of, measure) = (local("__ops_kind"), if outlives_its_box { "measure_boxed" } else { "pass_on" });
        let (result, measure) = (local("__ops_returned"), Ident::new(measure, Span::call_site()));
        let closure = closure(ty, &block(&mutable, statements.stream(), statements.span()));
        quote! {
            #enter
            #until_return
            let #result = #private::call(#closure);
            #kind
            #kind_of.#measure(#result, #measured, #inspect)
        }
    }

    /// Moves what measures the call into a guard that ends with the function.
    fn until_return(&self) -> TokenStream {
        let private = self.crate_path.internal();
        let measured = local("__ops_measured");
        let part = |local: Ident, is_there: bool| if is_there { quote!(Some(#local)) } else { quote!(None) };
        let call = part(local("__ops_call"), self.metric.is_some());
        let span = part(local("__ops_span"), self.span.is_some());
        quote! {
            let #measured =
                #private::UntilReturn::new(#private::Measured { call: #private::#call, span: #private::#span });
        }
    }

    /// A closure that looks at the output of a future.
    fn inspect(&self) -> TokenStream {
        let private = self.crate_path.internal();
        let value = local("__ops_value");
        let look = quote!(#private::returned);
        let outcome = self.rule.outcome(&self.crate_path, &look, |at| local_at("__ops_value", at).into_token_stream());
        let labels = self.result_labels(&value.to_token_stream()).map(|values| quote!(.labels(#values)));
        quote! {
            |#value| {
                use #private::Inspect as _;
                #private::seen(#outcome, (&#private::returned(#value)).__ops_error()) #labels
            }
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

/// Lets the compiler infer what an `impl Trait` stands for before its value is looked at: from the bounds of the trait.
fn inferred(output: &OutputType) -> Option<TokenStream> {
    let result = local("__ops_returned");
    matches!(output, OutputType::Opaque { .. }).then(|| quote!(if false { return #result; }))
}

/// `statements` with others before them, in the user's own braces.
fn block(before: &TokenStream, statements: TokenStream, braces: Span) -> Group {
    let in_braces = |statements| {
        let mut block = Group::new(Delimiter::Brace, statements);
        block.set_span(braces);
        block
    };
    // A lint wants items to stand before statements.
    if !before.is_empty() && has_items(statements.clone()) {
        let statements = in_braces(statements);
        return in_braces(quote!(#before #statements));
    }
    in_braces(quote!(#before #statements))
}

fn into_tokens(tokens: Vec<Token>) -> TokenStream {
    tokens.into_iter().map(Token::into_tree).collect()
}

/// Returns `true` if `statements` may contain items.
fn has_items(statements: TokenStream) -> bool {
    const KEYWORDS: [&str; 9] = ["const", "enum", "fn", "impl", "static", "struct", "trait", "type", "use"];
    statements.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => KEYWORDS.iter().any(|word| ident == word),
        _ => false,
    })
}

/// The body as a closure that stands where the braces stand: lints take it for what the user wrote, and so look into it.
fn closure(ty: &TokenStream, body: &Group) -> TokenStream {
    quote_spanned!(body.span_open()=> move || -> #ty #body)
}
