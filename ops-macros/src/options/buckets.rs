//! The option `buckets = [256, 1024]`, `linear(..)`, `exponential(..)` or a constant.

use crate::common::crate_path::CratePath;
use crate::common::spans::{mixed_site_at, start};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Ident, Lit, LitFloat, Token, UnOp, bracketed, parenthesized};

/// Bucket bounds of a histogram.
pub(crate) struct Buckets {
    rule: Rule,
    tokens: TokenStream,
}

enum Rule {
    List(Vec<Expr>),
    /// `linear(start, width, count)` or `exponential(start, factor, count)`.
    Steps(Ident, Vec<Expr>),
    /// `BUCKETS`, a constant.
    Constant,
}

pub(crate) const EXPECTED: &str =
    "`[..]`, `linear(start, width, count)`, `exponential(start, factor, count)` or a constant";

impl Parse for Buckets {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let tokens = input.fork().parse()?;
        let content;
        if input.peek(syn::token::Bracket) {
            bracketed!(content in input);
            let bounds = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?;
            return Ok(Buckets { rule: Rule::List(bounds.into_iter().collect()), tokens });
        }
        if !(input.peek(Ident) && input.peek2(syn::token::Paren)) {
            return match input.parse()? {
                Expr::Lit(literal) => Err(syn::Error::new_spanned(literal, "unsupported literal")),
                _ => Ok(Buckets { rule: Rule::Constant, tokens }),
            };
        }
        let rule = input.parse::<Ident>()?;
        parenthesized!(content in input);
        let steps = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?;
        if (rule != "linear" && rule != "exponential") || steps.len() != 3 {
            return Err(syn::Error::new_spanned(rule, "unknown buckets"));
        }
        Ok(Buckets { rule: Rule::Steps(rule, steps.into_iter().collect()), tokens })
    }
}

impl Buckets {
    pub(crate) fn expand(&self, crate_path: &CratePath) -> TokenStream {
        let at = start(&self.tokens);
        let private = crate_path.private(at);
        match &self.rule {
            Rule::Constant => self.tokens.clone(),
            Rule::List(bounds) => {
                let bounds = bounds.iter().map(float);
                quote_spanned!(mixed_site_at(at)=> #private::Buckets::list(&[#(#bounds),*]))
            }
            Rule::Steps(rule, steps) => {
                let rule = Ident::new(&rule.to_string(), mixed_site_at(rule.span()));
                let (start, step, count) = (float(&steps[0]), float(&steps[1]), &steps[2]);
                quote_spanned!(mixed_site_at(at)=> #private::Buckets::#rule(#start, #step, #count))
            }
        }
    }
}

/// Converts an integer literal, possibly negated, to a float literal: `256` → `256.0`.
fn float(bound: &Expr) -> TokenStream {
    match bound {
        Expr::Lit(ExprLit { lit: Lit::Int(integer), .. }) if integer.suffix().is_empty() => {
            LitFloat::new(&format!("{}.0", integer.base10_digits()), integer.span()).into_token_stream()
        }
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => {
            let positive = float(&unary.expr);
            quote_spanned!(unary.span()=> -#positive)
        }
        other => quote!(#other),
    }
}
