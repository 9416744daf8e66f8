//! Guard clauses: the early `return` that a body may have and stay where it stands.

use super::leaves::leaves_early;
use crate::paths::here;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::Lifetime;

/// The label of the body.
pub(super) fn label() -> Lifetime {
    Lifetime::new("'body", Span::mixed_site())
}

/// `if condition { return Err(..); }`, as statements with others after them, leave the block [`label`] instead of the
/// function; nothing, if the body can be left elsewhere too.
///
/// Of any other `return` there are lints, which have to see it: one that is needless, one that could be a `?`.
pub(super) fn broken_out_of(statements: TokenStream) -> Option<TokenStream> {
    let tokens = statements.into_iter().collect::<Vec<_>>();
    let mut written = Vec::with_capacity(tokens.len());
    let mut others = Vec::with_capacity(tokens.len());
    let mut is_condition = false;
    for (at, token) in tokens.iter().enumerate() {
        if is_word(Some(token), "if") && at.checked_sub(1).is_none_or(|before| ends_a_statement(&tokens[before])) {
            is_condition = true;
        } else if is_word(Some(token), "let") {
            is_condition = false;
        }
        if let TokenTree::Group(group) = token
            && group.delimiter() == Delimiter::Brace
            && std::mem::take(&mut is_condition)
            && tokens.get(at + 1).is_some_and(|after| !is_word(Some(after), "else"))
            && let Some((clause, value)) = clause(group)
        {
            written.push(clause.into());
            others.push(value.into());
            continue;
        }
        written.push(token.clone());
        others.push(token.clone());
    }
    let stays = !leaves_early(others.into_iter().collect());
    stays.then(|| written.into_iter().collect())
}

/// `{ return Err(..); }`, with a `break` in place of the `return`; and what stands in the parentheses.
fn clause(block: &Group) -> Option<(Group, Group)> {
    let tokens = block.stream().into_iter().collect::<Vec<_>>();
    let (TokenTree::Group(value), semicolon) = (tokens.get(2)?, tokens.get(3)) else { return None };
    let is_clause = is_word(tokens.first(), "return")
        && is_word(tokens.get(1), "Err")
        && value.delimiter() == Delimiter::Parenthesis
        && semicolon.is_none_or(|token| token.to_string() == ";")
        && tokens.len() <= 4;
    if !is_clause {
        return None;
    }
    let (label, rest) = (label(), &tokens[1..]);
    let leave = Ident::new("break", here(tokens[0].span()));
    let mut clause = Group::new(Delimiter::Brace, quote_spanned!(here(tokens[0].span())=> #leave #label #(#rest)*));
    clause.set_span(block.span());
    Some((clause, value.clone()))
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

fn ends_a_statement(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn a_guard_clause_leaves_the_block() {
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
        assert_eq!(broken_out_of(body).unwrap().to_string(), broken.to_string());
    }

    #[test]
    fn any_other_way_out_is_left_to_a_closure() {
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
            assert!(broken_out_of(body.clone()).is_none(), "{body}");
        }
    }
}
