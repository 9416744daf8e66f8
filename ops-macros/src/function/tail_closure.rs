//! A closure at the end of a body.
//!
//! Where a function returns an `impl Trait`, the argument types of a closure are known from the bounds of that trait, as long as
//! the closure stands where it is returned. It is then left there, as its value needs no look: a closure is no error.

use super::token_tree::Token;
use proc_macro2::Delimiter;

/// The index in `tokens` of the closure that is their value, if there is one.
pub(super) fn tail_closure(tokens: &[Token]) -> Option<usize> {
    let mut is_start = true;
    let mut closure = None;
    for (at, token) in tokens.iter().enumerate() {
        if is_start && begins_a_closure(&tokens[at..]) {
            closure = Some(at);
        }
        let ends = token.is_mark(';');
        if ends {
            closure = None;
        }
        // After a block too a closure may stand; in a closure nothing follows its block.
        is_start = ends || (closure.is_none() && token.is_group(Delimiter::Brace));
    }
    closure
}

/// `|`, `move |`, `async move |` or `static |`.
fn begins_a_closure(tokens: &[Token]) -> bool {
    let keywords = tokens.iter().take_while(|token| ["async", "move", "static"].iter().any(|word| token.is_word(word)));
    tokens.get(keywords.count()).is_some_and(|token| token.is_mark('|'))
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
    fn a_closure_is_the_value_of_a_body() {
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
    fn anything_else_is_not() {
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
