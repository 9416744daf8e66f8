//! `#[metric]` on an `impl` block: every method that has a body.

use super::MetricOptions;
use crate::args::{Args, Form};
use crate::errors::{Errors, beside};
use crate::function::{self, siblings};
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
    let krate = args.clone();
    Args::parse(args, &FORM, &mut errors);
    let block = errors.catch(read(block));
    let block = errors.finish(block)?;
    Ok(block.map_or_else(TokenStream::new, |block| block.expand(&krate)))
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
    /// `args` are those of the block: at most `crate = path`.
    fn expand(self, args: &TokenStream) -> TokenStream {
        let owner = self.owner.clone();
        self.map(|function| {
            let written = function.clone();
            method(function, args, &owner).unwrap_or_else(|error| {
                let mut written = written;
                siblings::remove(&mut written.attrs);
                // Inside an `impl` block an error has to be in a body to leave the block whole.
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

fn method(mut function: Function, args: &TokenStream, owner: &str) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let own = siblings::take(&mut function.attrs, "metric", &mut errors);
    errors.finish(())?;
    let own = own.unwrap_or_else(|| args.clone());
    // Read once more when it is expanded, which is where its errors are reported.
    if MetricOptions::parse(own.clone(), &mut Errors::default()).skip.is_some() {
        return if siblings::has(&function.attrs, "instrument_span") {
            function::expand(function, None, Some(owner))
        } else {
            Ok(function.into_token_stream())
        };
    }
    if function.body.is_none() {
        return Ok(function.into_token_stream());
    }
    function::expand(function, Some(own), Some(owner))
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
