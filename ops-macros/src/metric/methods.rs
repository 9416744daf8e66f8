//! `#[metric]` on an `impl` block: every method that has a body.

use super::MetricOptions;
use crate::args::{Args, Form};
use crate::errors::{Errors, beside};
use crate::function::{self, Owner, siblings};
use crate::signature::{self, Function};
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ItemImpl, Token, Type};

const FORM: Form =
    Form { attribute: "`#[metric]` on an `impl` block (options go on its methods)", name: None, options: &[] };

/// An `impl` block, whose members are read as far as is needed.
struct Block {
    head: TokenStream,
    /// The last word of its type: `Cart` of `shop::Cart<T>`.
    owner: String,
    inner_attrs: Vec<Attribute>,
    members: Vec<Member>,
    braces: Span,
}

enum Member {
    Function(Box<Function>),
    Other(TokenStream),
}

pub(super) fn expand(args: TokenStream, block: TokenStream) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let ops = Args::parse(args, &FORM, &mut errors).ops(&mut errors);
    let block = read(block)?;
    let owner = Owner { name: block.owner.clone(), ops };
    Ok(errors.finish(block)?.expand(&owner))
}

/// The block without any of our attributes, for the compiler to go on with after an error.
pub(crate) fn without_instruments(block: TokenStream) -> TokenStream {
    match read(block.clone()) {
        Ok(block) => block.map(|mut function| {
            siblings::remove(&mut function.attrs);
            function.into_token_stream()
        }),
        Err(_) => block,
    }
}

impl Block {
    fn expand(self, owner: &Owner) -> TokenStream {
        self.map(|function| {
            let mut written = function.clone();
            method(function, owner).unwrap_or_else(|error| {
                siblings::remove(&mut written.attrs);
                beside(written.into_token_stream(), &error)
            })
        })
    }

    fn map(self, each: impl Fn(Function) -> TokenStream) -> TokenStream {
        let Block { head, inner_attrs, members, braces, .. } = self;
        let members = members.into_iter().map(|member| match member {
            Member::Function(function) => each(*function),
            Member::Other(tokens) => tokens,
        });
        let mut body = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #(#members)*));
        body.set_span(braces);
        quote!(#head #body)
    }
}

fn method(mut function: Function, owner: &Owner) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let args = siblings::take(&mut function.attrs, "metric", &mut errors).unwrap_or_default();
    errors.finish(())?;
    // Read once more where it is expanded, which is where its errors are reported.
    let is_skipped = MetricOptions::parse(args.clone(), &mut Errors::default()).skip.is_some();
    if is_skipped && siblings::has(&function.attrs, "instrument_span") {
        return function::expand(function, None, owner);
    }
    if is_skipped || function.body.is_none() {
        return Ok(function.into_token_stream());
    }
    function::expand(function, Some(args), owner)
}

fn read(block: TokenStream) -> syn::Result<Block> {
    let mut head = block.into_iter().collect::<Vec<_>>();
    let body = match head.pop() {
        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
        other => return Err(syn::Error::new_spanned(other.to_token_stream(), "expected the body of an `impl` block")),
    };
    let head = head.into_iter().collect::<TokenStream>();
    let header = syn::parse2::<ItemImpl>(quote!(#head {}))?;
    let (inner_attrs, members) = members.parse2(body.stream())?;
    Ok(Block { head, owner: name(&header.self_ty), inner_attrs, members, braces: body.span() })
}

fn members(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Vec<Member>)> {
    let inner_attrs = input.call(Attribute::parse_inner)?;
    let mut members = Vec::new();
    while !input.is_empty() {
        let attrs = input.call(Attribute::parse_outer)?;
        members.push(if signature::is_next(input) {
            Member::Function(Box::new(Function::after_attributes(attrs, input)?))
        } else {
            Member::Other(other(&attrs, input)?)
        });
    }
    Ok((inner_attrs, members))
}

/// A constant, a type or a macro call: up to its semicolon, or its braces.
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
