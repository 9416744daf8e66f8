//! Finds the closure that a body returns.
//!
//! If a function returns `impl Trait`, the compiler infers the argument types of a closure from the bounds of the trait only
//! in return position. The closure therefore stays there; its value is not inspected, because a closure is never an error.

use super::token_tree::Token;
use proc_macro2::Delimiter;

/// Returns the index in `tokens` of the closure that is their value, if any.
pub(super) fn tail_closure(tokens: &[Token]) -> Option<usize> {
    let mut is_start = true;
    let mut closure = None;
    for (at, token) in tokens.iter().enumerate() {
        if is_start && begins_a_closure(&tokens[at..]) {
            closure = Some(at);
        }
        let ends = token.is_punct(';');
        if ends {
            closure = None;
        }
        // A closure may follow a block statement, but nothing follows the block of a closure.
        is_start = ends || (closure.is_none() && token.is_group(Delimiter::Brace));
    }
    closure
}

/// Returns `true` for `|`, optionally after `async`, `move` or `static`.
fn begins_a_closure(tokens: &[Token]) -> bool {
    let keywords =
        tokens.iter().take_while(|token| ["async", "move", "static"].iter().any(|word| token.is_ident(word)));
    tokens.get(keywords.count()).is_some_and(|token| token.is_punct('|'))
}

#[cfg(test)]
mod tests {
    use super::super::token_tree::read;
    use super::*;
    use proc_macro2::TokenStream;
    use quote::quote;

    fn closure(body: TokenStream) -> Option<String> {
        let tokens = read(body);
        let at = tail_closure(&tokens)?;
        Some(tokens.into_iter().skip(at).map(Token::into_tree).collect::<TokenStream>().to_string())
    }

    #[test]
    fn finds_closure_in_tail_position() {
        for (body, value) in [
            (quote!(|a| a), quote!(|a| a)),
            (quote!(move || b), quote!(move || b)),
            (quote!(let c = |a| a; move |b| c(b)), quote!(move |b| c(b))),
            (
                quote!(if a { b(); } async move |c| { c; d }),
                quote!(async move |c| {
                    c;
                    d
                }),
            ),
            (
                quote!(
                    #[allow(a)]
                    {
                        b
                    } | c
                        | match c {
                            _ => |d| d,
                        }
                ),
                quote!(|c| match c {
                    _ => |d| d,
                }),
            ),
        ] {
            assert_eq!(closure(body), Some(value.to_string()));
        }
    }

    #[test]
    fn ignores_other_closures() {
        for body in [
            quote!(),
            quote!(a | b),
            quote!(a(|b| b)),
            quote!(let a = |b| b; a),
            quote!(|a| a;),
            quote!(let a = { b } | c;),
        ] {
            assert_eq!(closure(body.clone()), None, "{body}");
        }
    }
}
