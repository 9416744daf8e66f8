//! Rewrites each `.await` of a body so that the awaited future is polled in the span.
//!
//! ```text
//! let stock = self.store.stock(id).await;  →  let stock = in_span(self.store.stock(id), &mut span).await;
//! ```
//!
//! Between two awaits the span is already current: it is entered at its start and after each poll.

use super::operand::Operand;
use super::token_tree::{Nested, Token};
use super::wrap::local;
use crate::common::crate_path::PrivatePath;
use crate::common::spans::mixed_site_at;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote_spanned;
use std::iter::Peekable;
use std::vec;

/// A body whose awaits are polled in the span.
pub(super) struct RewrittenAwaits {
    pub(super) statements: TokenStream,
    /// `true` if the body awaits. Awaits in nested `async` blocks do not count.
    pub(super) awaits: bool,
}

/// Rewrites the awaits in `tokens`. Returns `None` if an operand or the awaiting function is ambiguous.
pub(super) fn rewrite_awaits(tokens: Vec<Token>, private: &PrivatePath) -> Option<RewrittenAwaits> {
    let mut awaits = false;
    let statements = Statements::new(tokens, true).rewrite(private, &mut awaits)?.into_iter().collect();
    Some(RewrittenAwaits { statements, awaits })
}

/// Rewriter for the tokens of one group.
struct Statements {
    tokens: Peekable<vec::IntoIter<Token>>,
    output: Vec<TokenTree>,
    /// `true` for a block, in which a semicolon ends a statement.
    is_block: bool,
    /// Index in `output` of the current statement, after its attributes.
    statement: usize,
}

impl Statements {
    fn new(tokens: Vec<Token>, is_block: bool) -> Self {
        let output = Vec::with_capacity(tokens.len());
        Statements { tokens: tokens.into_iter().peekable(), output, is_block, statement: 0 }
    }

    fn rewrite(mut self, private: &PrivatePath, awaits: &mut bool) -> Option<Vec<TokenTree>> {
        let mut operand = Operand::Nothing;
        while let Some(token) = self.tokens.next() {
            let here = Some(self.output.len());
            operand = match (token, operand) {
                (Token::Ident(word, text), operand) => match (text.as_str(), operand) {
                    ("await", Operand::Part(start)) => {
                        *awaits = true;
                        self.wrap_operand(start?, &word, private)
                    }
                    ("fn", _) => return None,
                    ("async", _) => {
                        self.output.push(word.into());
                        self.copy_if(|next| next.is_ident("move"));
                        if !self.copy_if(|next| next.is_group(Delimiter::Brace)) {
                            return None;
                        }
                        Operand::Whole(here)
                    }
                    (text, operand) => {
                        self.output.push(word.into());
                        operand.and_ident(text, here)
                    }
                },
                (Token::Literal(literal), operand) => {
                    self.output.push(literal.into());
                    operand.and_name(here)
                }
                (Token::Punct(punct, char), operand) => {
                    self.output.push(punct.into());
                    self.after_punct(char, operand, here)?
                }
                (Token::Group(nested), operand) => {
                    let delimiter = nested.delimiter;
                    self.output.push(rewrite_group(nested, private, awaits)?.into());
                    if delimiter == Delimiter::Brace {
                        self.statement = self.output.len();
                    }
                    operand.and_group(delimiter, here)
                }
            };
        }
        Some(self.output)
    }

    fn after_punct(&mut self, char: char, operand: Operand, here: Option<usize>) -> Option<Operand> {
        Some(match (char, operand) {
            ('?', operand) => operand,
            // Range operator.
            ('.', _) if self.copy_if(|next| next.is_punct('.')) => Operand::Nothing,
            ('.', operand) => operand.and_separator(None),
            (':', operand) if self.copy_if(|next| next.is_punct(':')) => operand.and_separator(here),
            // After an operand: less-than or shift-left.
            ('<', Operand::Whole(_)) => {
                self.copy_if(|next| next.is_punct('<'));
                Operand::Nothing
            }
            ('<', operand) => {
                self.copy_generic_arguments()?;
                operand.and_name(here)
            }
            ('#', _) => {
                let is_of_a_statement = here == Some(self.statement);
                self.copy_if(|next| next.is_punct('!'));
                self.copy_if(|next| next.is_group(Delimiter::Bracket));
                if is_of_a_statement {
                    self.statement = self.output.len();
                }
                Operand::Nothing
            }
            (';', _) => {
                self.statement = self.output.len();
                Operand::Nothing
            }
            ('\'', _) => {
                self.copy_if(|_| true);
                Operand::Nothing
            }
            _ => Operand::Nothing,
        })
    }

    /// Copies the next token if `is` holds for it.
    fn copy_if(&mut self, is: impl Fn(&Token) -> bool) -> bool {
        let token = self.tokens.next_if(is);
        let is_taken = token.is_some();
        self.output.extend(token.map(Token::into_tree));
        is_taken
    }

    /// Copies generic arguments up to the matching `>`. Returns `None` if it is missing.
    fn copy_generic_arguments(&mut self) -> Option<()> {
        let mut open = 1_usize;
        let mut is_arrow = false;
        while open > 0 {
            let token = self.tokens.next()?;
            match &token {
                Token::Punct(_, '<') => open += 1,
                Token::Punct(_, '>') if !is_arrow => open -= 1,
                _ => {}
            }
            is_arrow = token.is_punct('-') || token.is_punct('=');
            self.output.push(token.into_tree());
        }
        Some(())
    }

    /// Wraps the operand from `start` to the dot in `in_span` and returns the operand after it.
    fn wrap_operand(&mut self, start: usize, word: &Ident, private: &PrivatePath) -> Operand {
        let span = local("__ops_span");
        self.output.pop();
        let mut operand = self.output.split_off(start);
        let first = operand[0].span();
        if let [TokenTree::Group(parentheses)] = &mut operand[..] {
            // With the span of the expansion, `unused_parens` does not fire.
            parentheses.set_span(mixed_site_at(first));
        }
        let operand = operand.into_iter().collect::<TokenStream>();
        let is_statement = self.is_block && self.statement == start;
        let semicolon = if is_statement { self.tokens.next_if(|next| next.is_punct(';')) } else { None };
        let at = mixed_site_at(word.span());
        let Some(semicolon) = semicolon else {
            self.output.extend(quote_spanned!(at=> #private::in_span(#operand, &mut #span).#word));
            return Operand::Whole(Some(start));
        };
        // The dead `await` lets `unused_must_use` and clippy check the output of the future.
        let future = Ident::new("__ops_future", first);
        let semicolon = semicolon.into_tree();
        let unused = quote_spanned!(word.span()=> #future.#word;);
        self.output.extend(quote_spanned! {at=>
            match #operand {
                #future => if false { #unused } else { let _ = #private::in_span(#future, &mut #span).await; }
            } #semicolon
        });
        self.statement = self.output.len();
        Operand::Nothing
    }
}

fn rewrite_group(nested: Nested, private: &PrivatePath, awaits: &mut bool) -> Option<Group> {
    let mut awaits_inside = false;
    let Nested { group, delimiter, tokens } = nested;
    let output = Statements::new(tokens, delimiter == Delimiter::Brace).rewrite(private, &mut awaits_inside)?;
    if !awaits_inside {
        return Some(group);
    }
    *awaits = true;
    let mut inside = Group::new(delimiter, output.into_iter().collect());
    inside.set_span(group.span());
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::super::token_tree::read;
    use super::*;
    use crate::common::crate_name::Root;
    use crate::common::crate_path::CratePath;
    use quote::quote;

    /// Rewrites `body`, with `polled(..)` in place of `in_span(.., &mut __ops_span)`.
    fn rewritten(body: TokenStream) -> Option<String> {
        let private = CratePath::new(Root::Ops, None).internal();
        let body = rewrite_awaits(read(body), &private)?;
        let text = body.statements.to_string().replace(&quote!(#private::in_span).to_string(), "polled");
        Some(text.replace(" , & mut __ops_span", ""))
    }

    #[test]
    fn operand_is_a_path_with_calls_and_fields() {
        for (body, awaited) in [
            (quote!(a.await), quote!(polled(a).await)),
            (quote!(let b = a.await + &c.await;), quote!(let b = polled(a).await + &polled(c).await;)),
            (quote!(let a = self.b.0.c(d)[e].await;), quote!(let a = polled(self.b.0.c(d)[e]).await;)),
            (
                quote!(let a = ::b::C::<D, fn() -> E>::f::<G>(h).await;),
                quote!(let a = polled(::b::C::<D, fn() -> E>::f::<G>(h)).await;),
            ),
            (quote!(let a: B<C> = <D as E>::f().await;), quote!(let a: B<C> = polled(<D as E>::f()).await;)),
            (
                quote!(a < b.await && c << d.await > (e).await),
                quote!(a < polled(b).await && c << polled(d).await > polled((e)).await),
            ),
            (quote!(a.await.b(c.await).await), quote!(polled(polled(a).await.b(polled(c).await)).await)),
            (quote!(a..b.await), quote!(a..polled(b).await)),
            (quote!(break 'a (b).await), quote!(break 'a polled((b)).await)),
            (
                quote!(while let Some(a) = b.next().await {
                    c(a)
                }),
                quote!(while let Some(a) = polled(b.next()).await {
                    c(a)
                }),
            ),
            (
                quote!(for a in b.await {
                    c(a.await)
                }),
                quote!(for a in polled(b).await {
                    c(polled(a).await)
                }),
            ),
            (quote!([a().await; 3]), quote!([polled(a()).await; 3])),
            (quote!(async move { a.await }.await), quote!(polled(async move { a.await }).await)),
            (quote!("a".await), quote!(polled("a").await)),
        ] {
            assert_eq!(rewritten(body), Some(awaited.to_string()));
        }
    }

    #[test]
    fn unused_output_is_checked_by_lints() {
        let body = quote!(#[a] b().await; (c).await; { d.await; });
        let awaited = quote! {
            #[a] match b() { future => if false { future.await; } else { let _ = polled(future).await; } };
            match (c) { future => if false { future.await; } else { let _ = polled(future).await; } };
            { match d { future => if false { future.await; } else { let _ = polled(future).await; } }; }
        };
        assert_eq!(rewritten(body).map(|body| body.replace("__ops_", "")), Some(awaited.to_string()));
    }

    #[test]
    fn awaits_in_async_blocks_are_not_rewritten() {
        let body =
            rewrite_awaits(read(quote!(spawn(async { a.await }); b)), &CratePath::new(Root::Ops, None).internal())
                .unwrap();
        assert!(!body.awaits);
        assert_eq!(body.statements.to_string(), quote!(spawn(async { a.await }); b).to_string());
    }

    #[test]
    fn ambiguous_awaits_are_rejected() {
        for body in [
            quote!(
                match a {
                    b => c,
                }
                .await
            ),
            quote!(let a = { b }(c).await;),
            quote!(A { b }.await),
            quote!(.await),
            quote!(fn a() {}, b.await),
            quote!(a(async || b.await).await),
        ] {
            assert_eq!(rewritten(body.clone()), None, "{body}");
        }
    }
}
