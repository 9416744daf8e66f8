//! Parser for the options of an attribute: `"name", key = value, key(..), flag`.

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

/// Parsed options, without unknown or duplicate ones.
pub(crate) struct Args {
    pub name: Option<Text>,
    options: Vec<Arg>,
}

impl Args {
    /// Parses `tokens`, and adds an error for each argument that `spec` does not accept.
    pub(crate) fn parse(tokens: TokenStream, spec: &ArgSpec, errors: &mut Errors) -> Args {
        let parse = |input: ParseStream<'_>| Ok(parse::args(input, spec, errors));
        // `parse::args` consumes every token and never fails.
        let (name, options) = parse.parse2(tokens).unwrap_or_default();
        Args { name, options }
    }

    /// Takes `key = "text"` or `key = CONSTANT`.
    pub(crate) fn text(&mut self, key: &str, errors: &mut Errors) -> Option<Text> {
        self.equals(key, "a string", errors, |input| input.parse())
    }

    /// Takes `key = true` or `key = CONSTANT`.
    pub(crate) fn boolean(&mut self, key: &str, errors: &mut Errors) -> Option<Expr> {
        self.constant(key, "`true` or `false`", errors, |literal| matches!(literal, Lit::Bool(_)))
    }

    /// Takes `key = value`, with a literal for which `accepts` holds or any constant expression.
    pub(crate) fn constant(
        &mut self,
        key: &str,
        expected: &str,
        errors: &mut Errors,
        accepts: impl FnOnce(&Lit) -> bool,
    ) -> Option<Expr> {
        self.equals(key, expected, errors, |input| match input.parse()? {
            Expr::Lit(ExprLit { lit, .. }) if !accepts(&lit) => {
                Err(syn::Error::new_spanned(lit, "unsupported literal"))
            }
            value => Ok(value),
        })
    }

    /// Takes the flag `key`.
    pub(crate) fn flag(&mut self, key: &str, errors: &mut Errors) -> Option<Ident> {
        let arg = self.take(key)?;
        if !matches!(arg.value, Value::Flag) {
            errors.at(&arg.key, format_args!("`{key}` takes no value; write `{key}` alone"));
        }
        Some(arg.key)
    }

    /// Takes `crate = path`; defaults to the path of `root`.
    pub(crate) fn crate_path(&mut self, root: Root, errors: &mut Errors) -> CratePath {
        CratePath::new(root, self.equals("crate", "a path such as `::renamed_ops`", errors, Path::parse_mod_style))
    }

    /// Takes `key = value`. `parse` reads the value and `expected` describes it in error messages.
    pub(crate) fn equals<T>(
        &mut self,
        key: &str,
        expected: &str,
        errors: &mut Errors,
        parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    ) -> Option<T> {
        let arg = self.take(key)?;
        let Value::Equals(tokens) = arg.value else {
            errors.at(&arg.key, format_args!("`{key}` requires a value; write `{key} = ..` with {expected}"));
            return None;
        };
        let value = |input: ParseStream<'_>| {
            let first = input.cursor().token_stream();
            let value = parse(input).map_err(|_| {
                let first = first.into_iter().next().to_token_stream();
                syn::Error::new_spanned(first, format_args!("invalid value for `{key}`: expected {expected}"))
            })?;
            if input.is_empty() { Ok(value) } else { Err(input.error("expected `,`")) }
        };
        errors.catch(value.parse2(tokens))
    }

    /// Takes `key(..)`. `parse` reads the contents and `expected` is an example for error messages.
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
                // Parsed with its parentheses, so that an unexpected end is reported at the closing one.
                let list = |input: ParseStream<'_>| {
                    let content;
                    parenthesized!(content in input);
                    parse(&content)
                };
                errors.catch(list.parse2(group.into_token_stream()))
            }
            _ => {
                errors.at(&arg.key, format_args!("`{key}` requires a list; write `{expected}`"));
                None
            }
        }
    }

    /// Reports an error if both of two mutually exclusive options are present. `remedy` ends the message.
    pub(crate) fn exclude(&self, one: &str, other: &str, remedy: &str, errors: &mut Errors) {
        if let (Some(_), Some(key)) = (self.key(one), self.key(other)) {
            errors.at(key, format_args!("`{one}` and `{other}` are mutually exclusive{remedy}"));
        }
    }

    /// Returns the keys of the present options.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Ident> {
        self.options.iter().map(|arg| &arg.key)
    }

    /// Returns the key of an option, to report an error at it.
    pub(crate) fn key(&self, key: &str) -> Option<Ident> {
        self.options.iter().find(|arg| arg.key == key).map(|arg| arg.key.clone())
    }

    /// Removes and returns the option `key`.
    fn take(&mut self, key: &str) -> Option<Arg> {
        let at = self.options.iter().position(|arg| arg.key == key)?;
        Some(self.options.remove(at))
    }
}
