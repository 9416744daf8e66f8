//! The options of an attribute: `"name", key = value, key(..), flag`.

mod arg;
mod parse;
mod suggest;
mod text;

pub(crate) use arg::ArgSpec;
pub(crate) use text::Text;

use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use arg::{Arg, Value};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Ident, Lit, Path, parenthesized};

/// The options that were written, each at most once, none of them unknown.
pub(crate) struct Args {
    pub name: Option<Text>,
    options: Vec<Arg>,
}

impl Args {
    /// Reads `tokens`; what `form` does not accept goes to `errors`.
    pub(crate) fn parse(tokens: TokenStream, spec: &ArgSpec, errors: &mut Errors) -> Args {
        let parse = |input: ParseStream<'_>| Ok(parse::args(input, spec, errors));
        // The parser takes every token, so it has no error of its own.
        let (name, options) = parse.parse2(tokens).unwrap_or_default();
        Args { name, options }
    }

    /// `key = "text"` or `key = CONSTANT`.
    pub(crate) fn text(&mut self, key: &str, errors: &mut Errors) -> Option<Text> {
        self.equals(key, "a string, as `\"..\"`", errors, |input| input.parse())
    }

    /// `key = true` or `key = CONSTANT`.
    pub(crate) fn boolean(&mut self, key: &str, errors: &mut Errors) -> Option<Expr> {
        self.constant(key, "`true` or `false`", errors, |literal| matches!(literal, Lit::Bool(_)))
    }

    /// `key = value`, where `value` is a literal that `accepts` takes, or any constant expression.
    pub(crate) fn constant(
        &mut self,
        key: &str,
        expected: &str,
        errors: &mut Errors,
        accepts: impl FnOnce(&Lit) -> bool,
    ) -> Option<Expr> {
        self.equals(key, expected, errors, |input| match input.parse()? {
            Expr::Lit(ExprLit { lit, .. }) if !accepts(&lit) => Err(syn::Error::new_spanned(lit, "not this literal")),
            value => Ok(value),
        })
    }

    /// `key`, alone.
    pub(crate) fn flag(&mut self, key: &str, errors: &mut Errors) -> Option<Ident> {
        let arg = self.take(key)?;
        if !matches!(arg.value, Value::Flag) {
            errors.at(&arg.key, format_args!("`{key}` stands alone, without a value"));
        }
        Some(arg.key)
    }

    /// `crate = path`, or else the path of `root`.
    pub(crate) fn crate_path(&mut self, root: Root, errors: &mut Errors) -> CratePath {
        CratePath::new(root, self.equals("crate", "a path, as `::renamed_ops`", errors, Path::parse_mod_style))
    }

    /// `key = value`, where `parse` reads the value and `expected` says what it is.
    pub(crate) fn equals<T>(
        &mut self,
        key: &str,
        expected: &str,
        errors: &mut Errors,
        parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    ) -> Option<T> {
        let arg = self.take(key)?;
        let Value::Equals(tokens) = arg.value else {
            errors.at(&arg.key, format_args!("`{key}` takes {expected}: write `{key} = ..`"));
            return None;
        };
        let value = |input: ParseStream<'_>| {
            let first = input.cursor().token_stream();
            let value = parse(input).map_err(|_| {
                let first = first.into_iter().next().to_token_stream();
                syn::Error::new_spanned(first, format_args!("`{key}` takes {expected}"))
            })?;
            if input.is_empty() { Ok(value) } else { Err(input.error("expected `,`")) }
        };
        errors.catch(value.parse2(tokens))
    }

    /// `key(..)`, where `parse` reads what is in the parentheses and `expected` is how it is written.
    pub(crate) fn list<T>(
        &mut self,
        key: &str,
        expected: &str,
        errors: &mut Errors,
        parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    ) -> Option<T> {
        let arg = self.take(key)?;
        match arg.value {
            Value::List(group) => {
                // In its parentheses, so that an end that comes too soon is an error at the closing one.
                let list = |input: ParseStream<'_>| {
                    let content;
                    parenthesized!(content in input);
                    parse(&content)
                };
                errors.catch(list.parse2(group.into_token_stream()))
            }
            _ => {
                errors.at(&arg.key, format_args!("`{key}` takes a list: write `{expected}`"));
                None
            }
        }
    }

    /// Says so where two options that exclude each other are both there.
    pub(crate) fn exclude(&self, one: &str, other: &str, because: &str, errors: &mut Errors) {
        if let (Some(_), Some(key)) = (self.key(one), self.key(other)) {
            errors.at(key, format_args!("`{one}` and `{other}` exclude each other: {because}"));
        }
    }

    /// The options that are there.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Ident> {
        self.options.iter().map(|arg| &arg.key)
    }

    /// The option itself, for an error about it.
    pub(crate) fn key(&self, key: &str) -> Option<Ident> {
        self.options.iter().find(|arg| arg.key == key).map(|arg| arg.key.clone())
    }

    fn take(&mut self, key: &str) -> Option<Arg> {
        let at = self.options.iter().position(|arg| arg.key == key)?;
        Some(self.options.remove(at))
    }
}
