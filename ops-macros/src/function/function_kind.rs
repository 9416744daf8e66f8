//! Classifies functions by the points where their work begins and ends.

use super::token_tree::{Token, read};
use crate::syntax::concrete_type::outlives_its_box;
use crate::syntax::function::{Body, Function};
use crate::syntax::future_type::{future_type, is_named_like_a_future};
use crate::syntax::return_type::{OutputType, nameable, output_type};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::ReturnType;

/// Kind of a function, by the points where its work begins and ends.
pub(super) enum FunctionKind {
    /// From call to return.
    Call(OutputType),
    /// From the first poll to the last: an `async fn`, or a body that is a single `async` block.
    Async { output: OutputType, tokens: Vec<Token>, block: Option<AsyncBlock> },
    /// Within the first poll: an `async` body without an `.await`.
    AsyncCall { output: OutputType, tokens: Vec<Token>, block: Option<AsyncBlock> },
    /// From the call to the last poll: returns `impl Future` from a body of several statements.
    Future(TokenStream),
    /// Decided by the compiler: the return type may be an alias of a boxed future.
    MaybeFuture {
        ty: TokenStream,
        /// `true` if a boxed future from another function can be boxed again.
        outlives_its_box: bool,
    },
}

/// A body that is a single `async move { .. }` or `Box::pin(async move { .. })`.
pub(super) struct AsyncBlock {
    /// `Box::pin`; empty for a plain block.
    wrapper: TokenStream,
    /// `async` or `async move`.
    keywords: TokenStream,
    /// Statements, with their braces.
    pub(super) statements: Group,
}

impl AsyncBlock {
    /// Returns the body with other statements in the block.
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

/// Classifies an `async` body.
///
/// Without an `.await` it is instrumented as a call: an inner future would cost compile time and polls, and hide the body
/// from `clippy::unused_async`.
fn in_async(statements: &Group, output: OutputType, block: Option<AsyncBlock>) -> FunctionKind {
    let tokens = read(statements.stream());
    if may_await(&tokens) {
        FunctionKind::Async { output, tokens, block }
    } else {
        FunctionKind::AsyncCall { output, tokens, block }
    }
}

/// Returns `true` if `tokens` contain an `.await` or a macro call that may expand to one.
fn may_await(tokens: &[Token]) -> bool {
    let calls_a_macro = |tokens: &[Token]| matches!(tokens, [Token::Ident(..), Token::Punct(_, '!'), Token::Group(_)]);
    tokens.windows(3).any(calls_a_macro)
        || tokens.iter().any(|token| match token {
            Token::Ident(_, word) => word == "await",
            Token::Group(group) => may_await(&group.tokens),
            Token::Punct(..) | Token::Literal(_) => false,
        })
}

/// Returns the `async` block if it is the whole body.
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

/// Parses `async { .. }` or `async move { .. }`, optionally with a trailing comma.
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
