//! What kind of function it is, as far as the measuring of it goes.

use super::tokens::{Token, read};
use crate::returned::{Returned, named, returned};
use crate::signature::{Body, Function};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, PathArguments, PathSegment, ReturnType, Type, TypeParamBound,
};

/// When the work of a function begins and ends.
pub(super) enum Shape {
    /// With the call.
    Call(Returned),
    /// With the first poll, and the last: an `async fn`, or a body that is nothing but an `async` block.
    Async { returned: Returned, tokens: Vec<Token>, around: Option<AsyncBlock> },
    /// With the first poll, which is the last one: it is `async`, and nothing in it awaits.
    AsyncCall { returned: Returned, tokens: Vec<Token>, around: Option<AsyncBlock> },
    /// With the call, and the last poll: `impl Future`, which a body of several statements makes.
    Future(TokenStream),
    /// As the type decides, which may be another name of a boxed future.
    MaybeFuture(TokenStream),
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

pub(super) fn shape(function: &Function, body: &Body) -> Shape {
    let output = &function.sig.output;
    if function.sig.asyncness.is_some() {
        return in_async(&body.statements, returned(output), None);
    }
    let ReturnType::Type(_, ty) = output else { return Shape::Call(returned(output)) };
    let future = future(ty);
    if let Some(future) = &future
        && let Some(around) = async_block(body)
    {
        return in_async(&around.statements.clone(), Returned::of(&future.output), Some(around));
    }
    match (future, returned(output)) {
        (Some(future), _) if !future.is_boxed => Shape::Future(named(&future.output).unwrap_or_else(|| quote!(_))),
        (future, Returned::Named(ty)) if future.is_some() || is_called_future(output) => Shape::MaybeFuture(ty),
        (_, returned) => Shape::Call(returned),
    }
}

/// A body without an `.await` is one call: a future around it would cost time to compile and to poll, and hide from clippy
/// that it has no reason to be `async`.
fn in_async(statements: &Group, returned: Returned, around: Option<AsyncBlock>) -> Shape {
    let tokens = read(statements.stream());
    if may_await(&tokens) {
        Shape::Async { returned, tokens, around }
    } else {
        Shape::AsyncCall { returned, tokens, around }
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

/// Whether what `output` says is a future, and its type says which.
pub(crate) fn returns_future(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if future(ty).is_some())
}

/// A return type that is known to be a future.
struct Future {
    output: Type,
    is_boxed: bool,
}

/// `impl Future<Output = T> + Send` or `Pin<Box<dyn Future<Output = T>>>`.
fn future(ty: &Type) -> Option<Future> {
    match ty {
        Type::Group(group) => future(&group.elem),
        Type::Paren(paren) => future(&paren.elem),
        Type::ImplTrait(ty) => Some(Future { output: output(ty.bounds.iter())?, is_boxed: false }),
        _ => match argument(ty, "Pin").and_then(|ty| argument(ty, "Box"))? {
            Type::TraitObject(ty) => Some(Future { output: output(ty.bounds.iter())?, is_boxed: true }),
            _ => None,
        },
    }
}

/// `T` of `Future<Output = T>`, if the other bounds hold for a wrapper too.
fn output<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<Type> {
    let mut output = None;
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else { continue };
        let PathSegment { ident, arguments, .. } = bound.path.segments.last()?;
        match arguments {
            PathArguments::AngleBracketed(arguments) if ident == "Future" => output = output_of(arguments),
            PathArguments::None if ident == "Send" || ident == "Sync" || ident == "UnwindSafe" => {}
            _ => return None,
        }
    }
    output
}

fn output_of(arguments: &AngleBracketedGenericArguments) -> Option<Type> {
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(output.ty.clone()),
        _ => None,
    })
}

/// `T` of `name<T>`.
fn argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(ty) if arguments.args.len() == 1 => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// `BoxFuture<'_, T>`: a name after which it is worth asking the type.
fn is_called_future(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    last_segment(ty).is_some_and(|segment| segment.ident == "Pin" || segment.ident.to_string().contains("Fut"))
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
