//! Guard clauses: early returns that are compatible with instrumenting a body in place.
//!
//! In-place bodies compile faster. `cargo run --release --manifest-path benches/Cargo.toml -- --rows compile_time_bodies --details`
//! compares 1,000 functions with a guard clause with the same functions as closures and `async` blocks ("early exit"):
//! `cargo check` took 3.0 s against 4.5 s under `#[metric]`, 4.1 s against 4.7 s under `#[instrument_span]`, and 1.6 s without
//! attribute.

use super::early_exit::has_early_exit;
use super::token_tree::{Nested, Token, read};
use crate::common::spans::mixed_site_at;
use proc_macro2::{Delimiter, Group, Ident, Span};
use quote::{ToTokens, TokenStreamExt};
use syn::Lifetime;

/// Returns the label of the instrumented block.
pub(super) fn label() -> Lifetime {
    Lifetime::new("'body", Span::mixed_site())
}

/// Replaces `return` in guard clauses with a `break` out of the block [`label`].
///
/// A guard clause is a statement `if condition { return Err(..); }` with statements after it. Returns `None` if the body
/// has another early exit: lints check every other `return` (needless, or replaceable by `?`), so it must stay.
pub(super) fn break_out_of_body(mut tokens: Vec<Token>) -> Option<Vec<Token>> {
    let clauses = clauses(&tokens);
    let others = tokens.iter().enumerate().map(|(at, token)| match token {
        Token::Group(block) if clauses.contains(&at) => &block.tokens[VALUE],
        token => token,
    });
    if has_early_exit(others) {
        return None;
    }
    for at in clauses {
        if let Token::Group(block) = &mut tokens[at] {
            *block = with_break(block);
        }
    }
    Some(tokens)
}

/// Returns the indices of the blocks of guard clauses.
fn clauses(tokens: &[Token]) -> Vec<usize> {
    let mut clauses = Vec::new();
    let mut is_condition = false;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Ident(_, word)
                if word == "if" && at.checked_sub(1).is_none_or(|at| ends_a_statement(&tokens[at])) =>
            {
                is_condition = true;
            }
            Token::Ident(_, word) if word == "let" => is_condition = false,
            Token::Group(block)
                if block.delimiter == Delimiter::Brace
                    && std::mem::take(&mut is_condition)
                    && tokens.get(at + 1).is_some_and(|after| !after.is_ident("else"))
                    && is_clause(&block.tokens) =>
            {
                clauses.push(at);
            }
            _ => {}
        }
    }
    clauses
}

/// Index of the parentheses of `Err` in a clause.
const VALUE: usize = 2;

/// Returns `true` if `tokens` are `return Err(..)` with an optional semicolon.
fn is_clause(tokens: &[Token]) -> bool {
    matches!(tokens, [leave, error, value, end @ ..]
        if leave.is_ident("return")
            && error.is_ident("Err")
            && value.is_group(Delimiter::Parenthesis)
            && (end.is_empty() || matches!(end, [semicolon] if semicolon.is_punct(';'))))
}

/// Returns the clause `block` with `break` in place of `return`.
fn with_break(block: &Nested) -> Nested {
    let at = mixed_site_at(block.tokens[0].span());
    let mut clause = Ident::new("break", at).into_token_stream();
    label().to_tokens(&mut clause);
    clause.append_all(block.group.stream().into_iter().skip(1));
    let mut group = Group::new(Delimiter::Brace, clause);
    group.set_span(block.group.span());
    Nested { tokens: read(group.stream()), delimiter: Delimiter::Brace, group }
}

fn ends_a_statement(token: &Token) -> bool {
    token.is_punct(';') || token.is_group(Delimiter::Brace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::TokenStream;
    use quote::quote;

    #[test]
    fn guard_clause_breaks_out_of_the_block() {
        let body = quote! {
            let a = f(x).await;
            if a == 0 && g(|a| a) { return Err(Zero { a }); }
            if a == 1 { return Err(One.into()) }
            Ok(a)
        };
        let broken = quote! {
            let a = f(x).await;
            if a == 0 && g(|a| a) { break 'body Err(Zero { a }); }
            if a == 1 { break 'body Err(One.into()) }
            Ok(a)
        };
        let written = break_out_of_body(read(body)).unwrap().into_iter().map(Token::into_tree).collect::<TokenStream>();
        assert_eq!(written.to_string(), broken.to_string());
    }

    #[test]
    fn other_early_exits_are_rejected() {
        for body in [
            quote!(if a {
                return Err(b);
            }),
            quote!(if a { return Err(b); } else { c() } d),
            quote!(if let Some(b) = a { return Err(b); } c),
            quote!(if a { return None; } b),
            quote!(if a { log(); return Err(b); } c),
            quote!(if a { return Err(b?); } c),
            quote!(if a? { return Err(b); } c),
            quote!(if a { return Err(b); } c?),
            quote!(if a { return Err(format!("b")); } c),
            quote!(let f = || if a { return Err(b); } else { c }; f()),
            quote!(for a in b { if a { return Err(c); } d } Ok(e)),
        ] {
            assert!(break_out_of_body(read(body.clone())).is_none(), "{body}");
        }
    }
}
