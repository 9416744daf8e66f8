//! What kind of function it is, as far as the measuring of it goes.

use super::token_tree::{Token, read};
use crate::syntax::concrete_type::outlives_its_box;
use crate::syntax::function::{Body, Function};
use crate::syntax::future_type::{future_type, is_named_like_a_future};
use crate::syntax::return_type::{OutputType, nameable, output_type};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::ReturnType;

/// When the work of a function begins and ends.
pub(super) enum FunctionKind {
    /// With the call.
    Call(OutputType),
    /// With the first poll, and the last: an `async fn`, or a body that is nothing but an `async` block.
    Async { output: OutputType, tokens: Vec<Token>, block: Option<AsyncBlock> },
    /// With the first poll, which is the last one: it is `async`, and nothing in it awaits.
    AsyncCall { output: OutputType, tokens: Vec<Token>, block: Option<AsyncBlock> },
    /// With the call, and the last poll: `impl Future`, which a body of several statements makes.
    Future(TokenStream),
    /// As the type decides, which may be another name of a boxed future.
    MaybeFuture {
        ty: TokenStream,
        /// `true` if a box that another function made can be boxed again.
        outlives_its_box: bool,
    },
}

/// `Box::pin(async move { .. })` or `async move { .. }`: a whole body.
pub(super) struct AsyncBlock {
    /// `Box::pin`; empty where the block stands alone.
    wrapper: TokenStream,
    /// `async move`
    keywords: TokenStream,
    /// The statements in their braces.
    pub(super) statements: Group,
}

impl AsyncBlock {
    /// The body again, with other statements in the block.
    pub(super) fn with(&self, inside: TokenStream) -> TokenStream {
        let AsyncBlock { wrapper, keywords, .. } = self;
        let mut statements = Group::new(Delimiter::Brace, inside);
        statements.set_span(self.statements.span());
        if wrapper.is_empty() { quote!(#keywords #statements) } else { quote!(#wrapper(#keywords #statements)) }
    }
}

pub(super) fn function_kind(function: &Function, body: &Body) -> FunctionKind {
    let output = &function.sig.output;
    if function.sig.asyncness.is_some() {
        return in_async(&body.statements, output_type(output), None);
    }
    let ReturnType::Type(_, ty) = output else { return FunctionKind::Call(output_type(output)) };
    let future = future_type(ty);
    if let Some(future) = &future {
        if let Some(block) = async_block(body) {
            return in_async(&block.statements.clone(), OutputType::of(&future.output), Some(block));
        }
    }
    match (future, output_type(output)) {
        (Some(future), _) if !future.is_boxed => {
            FunctionKind::Future(nameable(&future.output).unwrap_or_else(|| quote!(_)))
        }
        (future, OutputType::Named(named)) if future.is_some() || is_named_like_a_future(output) => {
            FunctionKind::MaybeFuture { ty: named, outlives_its_box: outlives_its_box(ty) }
        }
        (_, output) => FunctionKind::Call(output),
    }
}

/// A body without an `.await` is one call: a future block it would cost time to compile and to poll, and hide from clippy
/// that it has no reason to be `async`.
fn in_async(statements: &Group, output: OutputType, block: Option<AsyncBlock>) -> FunctionKind {
    let tokens = read(statements.stream());
    if may_await(&tokens) {
        FunctionKind::Async { output, tokens, block }
    } else {
        FunctionKind::AsyncCall { output, tokens, block }
    }
}

/// Whether there is an `.await` in `tokens`, or a macro that may expand to one.
fn may_await(tokens: &[Token]) -> bool {
    let calls_a_macro = |tokens: &[Token]| matches!(tokens, [Token::Word(..), Token::Mark(_, '!'), Token::Group(_)]);
    tokens.windows(3).any(calls_a_macro)
        || tokens.iter().any(|token| match token {
            Token::Word(_, word) => word == "await",
            Token::Group(group) => may_await(&group.tokens),
            Token::Mark(..) | Token::Literal(_) => false,
        })
}

/// The `async` block that is all of `body`.
fn async_block(body: &Body) -> Option<AsyncBlock> {
    let tokens = body.statements.stream().into_iter().collect::<Vec<_>>();
    if let Some(block) = lone_async_block(&tokens, TokenStream::new()) {
        return Some(block);
    }
    let (TokenTree::Group(argument), function) = tokens.split_last()? else { return None };
    let words = function.iter().filter(|token| matches!(token, TokenTree::Ident(_))).collect::<Vec<_>>();
    let is_path = function.iter().all(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    let is_box_pin =
        matches!(words[..], [.., owner, pin] if *owner.to_string() == *"Box" && *pin.to_string() == *"pin");
    if !is_path || !is_box_pin || argument.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let argument = argument.stream().into_iter().collect::<Vec<_>>();
    lone_async_block(&argument, function.iter().cloned().collect())
}

/// `async { .. }` or `async move { .. }`, and nothing else but a comma.
fn lone_async_block(tokens: &[TokenTree], wrapper: TokenStream) -> Option<AsyncBlock> {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let tokens = match tokens.split_last() {
        Some((last, rest)) if is_comma(last) && !wrapper.is_empty() => rest,
        _ => tokens,
    };
    let (TokenTree::Group(statements), keywords) = tokens.split_last()? else { return None };
    let words = keywords.iter().map(ToString::to_string).collect::<Vec<_>>();
    let is_async = words == ["async"] || words == ["async", "move"];
    (is_async && statements.delimiter() == Delimiter::Brace).then(|| AsyncBlock {
        wrapper,
        keywords: keywords.iter().cloned().collect(),
        statements: statements.clone(),
    })
}
