//! Strict parser for options, which recovers from errors to report all of them in one compilation.

use super::arg::{Arg, ArgSpec, Value};
use super::suggest::unknown;
use super::text::{Text, is_constant_next};
use crate::common::errors::Errors;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, Lit, Token};

/// Parses all options, reporting every error.
pub(super) fn args(input: ParseStream<'_>, spec: &ArgSpec, errors: &mut Errors) -> (Option<Text>, Vec<Arg>) {
    let (mut name, mut options) = (None, Vec::new());
    let mut first = true;
    while !input.is_empty() {
        if let Err(error) = arg(input, spec, first, (&mut name, &mut options), errors) {
            errors.push(error);
            up_to_comma(input);
        }
        if !input.is_empty() {
            if let Err(error) = input.parse::<Token![,]>() {
                errors.push(error);
                up_to_comma(input);
                let _ = input.parse::<Option<Token![,]>>();
            }
        }
        first = false;
    }
    (name, options)
}

fn arg(
    input: ParseStream<'_>,
    spec: &ArgSpec,
    first: bool,
    (name, options): (&mut Option<Text>, &mut Vec<Arg>),
    errors: &mut Errors,
) -> syn::Result<()> {
    if input.peek(Lit) {
        *name = literal_name(input, spec, first, errors)?.or(name.take());
        return Ok(());
    }
    if first && spec.name.is_some() && is_constant_next(input) {
        *name = Some(input.parse()?);
        return Ok(());
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error(format_args!("expected an option of {}", spec.attribute)));
    }
    let key = input.call(Ident::parse_any)?;
    let value = value(input, &key)?;
    if key != "crate" && !spec.options.iter().any(|option| key == option) {
        errors.at(&key, unknown(&key, spec));
    } else if options.iter().any(|arg| arg.key == key) {
        errors.at(&key, format_args!("duplicate option `{key}`; remove one of them"));
    } else {
        options.push(Arg { key, value });
    }
    Ok(())
}

fn literal_name(input: ParseStream<'_>, spec: &ArgSpec, first: bool, errors: &mut Errors) -> syn::Result<Option<Text>> {
    let literal = input.parse::<Lit>()?;
    match (literal, spec.name) {
        (Lit::Str(name), Some(_)) if first => Ok(Some(name.into())),
        (literal, Some(example)) if first => {
            errors.at(literal, format_args!("the name must be a string; write `{example}`"));
            Ok(None)
        }
        (literal, Some(example)) => {
            errors.at(
                literal,
                format_args!("unexpected literal: the name must come first and only once; write `{example}`"),
            );
            Ok(None)
        }
        (literal, None) if !spec.options.contains(&"name") => {
            errors.at(literal, format_args!("unexpected name for {}; remove it", spec.attribute));
            Ok(None)
        }
        (literal, None) => {
            errors.at(literal, format_args!("expected an option, found a literal; write `name = \"..\"`"));
            Ok(None)
        }
    }
}

fn value(input: ParseStream<'_>, key: &Ident) -> syn::Result<Value> {
    if input.peek(Token![=]) {
        let equals = input.parse::<Token![=]>()?;
        let tokens = up_to_comma(input);
        if tokens.is_empty() {
            return Err(syn::Error::new_spanned(equals, format_args!("`{key}` requires a value after the `=`")));
        }
        return Ok(Value::Equals(tokens));
    }
    if !input.peek(syn::token::Paren) {
        return Ok(Value::Flag);
    }
    Ok(match input.parse::<TokenTree>()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Value::List(group),
        _ => Value::Flag,
    })
}

/// Takes the tokens before the next comma.
fn up_to_comma(input: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend(input.parse::<TokenTree>());
    }
    tokens
}
