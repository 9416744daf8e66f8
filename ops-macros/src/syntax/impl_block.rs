//! Partial parser for `impl` blocks.

use super::conditional_attributes::by_condition;
use super::function::{self, Function};
use super::own_attributes::OwnAttributes;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ItemImpl, Token, Type};

/// An `impl` block.
pub(crate) struct ImplBlock {
    /// Tokens before the braces.
    head: TokenStream,
    /// Tokens before the braces, parsed.
    pub header: ItemImpl,
    inner_attrs: Vec<Attribute>,
    members: Vec<Member>,
    braces: Span,
}

enum Member {
    Function(Box<Function>),
    Other(TokenStream),
}

/// Returns the block without our attributes on its functions, as fallback after an error.
pub(crate) fn without_own_attributes(block: TokenStream, own: &OwnAttributes) -> TokenStream {
    match parse(block.clone(), own) {
        Ok(block) => block.map(|mut function| {
            own.remove(&mut function.attrs);
            function.attrs.retain(|attribute| !own.is_own(attribute, "health_check"));
            function.into_token_stream()
        }),
        Err(_) => block,
    }
}

impl ImplBlock {
    /// Returns the last segment of its type: `Cart` of `shop::Cart<T>`.
    pub(crate) fn owner(&self) -> String {
        name(&self.header.self_ty)
    }

    /// Generates the block, with each function replaced by the result of `each`.
    pub(crate) fn map(self, mut each: impl FnMut(Function) -> TokenStream) -> TokenStream {
        let ImplBlock { head, inner_attrs, members, braces, .. } = self;
        let members = members.into_iter().map(|member| match member {
            Member::Function(function) => each(*function),
            Member::Other(tokens) => tokens,
        });
        let mut body = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #(#members)*));
        body.set_span(braces);
        quote!(#head #body)
    }
}

/// Parses `block`: its header, and its functions with unparsed bodies.
///
/// A function with a condition on one of our attributes appears once for each case.
pub(crate) fn parse(block: TokenStream, own: &OwnAttributes) -> syn::Result<ImplBlock> {
    let mut head = block.into_iter().collect::<Vec<_>>();
    let body = match head.pop() {
        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
        other => return Err(syn::Error::new_spanned(other.to_token_stream(), "expected the body of an `impl` block")),
    };
    let head = head.into_iter().collect::<TokenStream>();
    let header = syn::parse2::<ItemImpl>(quote!(#head {}))?;
    let (inner_attrs, members) = (|input: ParseStream<'_>| members(input, own)).parse2(body.stream())?;
    Ok(ImplBlock { head, header, inner_attrs, members, braces: body.span() })
}

fn members(input: ParseStream<'_>, own: &OwnAttributes) -> syn::Result<(Vec<Attribute>, Vec<Member>)> {
    let inner_attrs = input.call(Attribute::parse_inner)?;
    let mut members = Vec::new();
    while !input.is_empty() {
        let attrs = input.call(Attribute::parse_outer)?;
        if function::is_next(input) {
            let function = Function::after_attributes(attrs, input)?;
            let functions = by_condition(function, &|attribute| own.is_any(attribute));
            members.extend(functions.into_iter().map(|function| Member::Function(Box::new(function))));
        } else {
            members.push(Member::Other(other(&attrs, input)?));
        }
    }
    Ok((inner_attrs, members))
}

/// Parses a constant, a type or a macro call, up to its semicolon or braces.
fn other(attrs: &[Attribute], input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let is_macro = !input.peek(Token![const]) && !input.peek(Token![type]) && !input.peek(Token![pub]);
    let mut tokens = quote!(#(#attrs)*);
    while !input.is_empty() {
        let token = input.parse::<TokenTree>()?;
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => is_macro && group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        tokens.append(token);
        if ends {
            break;
        }
    }
    Ok(tokens)
}

fn name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.unraw().to_string()),
        Type::Group(group) => Some(name(&group.elem)),
        Type::Paren(paren) => Some(name(&paren.elem)),
        Type::Reference(reference) => Some(name(&reference.elem)),
        _ => None,
    }
    .unwrap_or_else(|| ty.to_token_stream().to_string())
}
