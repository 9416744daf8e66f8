//! A body that awaits within a span, where it stands: what is awaited is polled in the span.
//!
//! ```text
//! let stock = self.store.stock(id).await;  →  let stock = in_span(self.store.stock(id), &mut span).await;
//! ```
//!
//! Between two awaits the span is the current one already: it is entered as it starts, and by what was awaited last.

use super::operand::Operand;
use super::token_tree::{Nested, Token};
use super::wrap::local;
use crate::common::crate_path::PrivatePath;
use crate::common::spans::here;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote_spanned;
use std::iter::Peekable;
use std::vec;

/// A body, each await of which is in the span.
pub(super) struct Awaiting {
    pub(super) statements: TokenStream,
    /// Whether it awaits anything: what an `async` block in it awaits, that block awaits.
    pub(super) awaits: bool,
}

/// `tokens`, each await of which is in the span; nothing, if they do not say what is awaited, or by whom.
pub(super) fn awaiting(tokens: Vec<Token>, private: &PrivatePath) -> Option<Awaiting> {
    let mut awaits = false;
    let statements = Statements::new(tokens, true).each_in_span(private, &mut awaits)?.into_iter().collect();
    Some(Awaiting { statements, awaits })
}

/// The tokens of one group.
struct Statements {
    tokens: Peekable<vec::IntoIter<Token>>,
    written: Vec<TokenTree>,
    /// Whether it is a block, in which a semicolon ends a statement.
    is_block: bool,
    /// Where the statement starts that is being written, after its attributes.
    statement: usize,
}

impl Statements {
    fn new(tokens: Vec<Token>, is_block: bool) -> Self {
        let written = Vec::with_capacity(tokens.len());
        Statements { tokens: tokens.into_iter().peekable(), written, is_block, statement: 0 }
    }

    fn each_in_span(mut self, private: &PrivatePath, awaits: &mut bool) -> Option<Vec<TokenTree>> {
        let mut operand = Operand::Nothing;
        while let Some(token) = self.tokens.next() {
            let here = Some(self.written.len());
            operand = match (token, operand) {
                (Token::Word(word, text), operand) => match (text.as_str(), operand) {
                    ("await", Operand::Part(start)) => {
                        *awaits = true;
                        self.in_span(start?, &word, private)
                    }
                    ("fn", _) => return None,
                    ("async", _) => {
                        self.written.push(word.into());
                        self.take(|next| next.is_word("move"));
                        if !self.take(|next| next.is_group(Delimiter::Brace)) {
                            return None;
                        }
                        Operand::Whole(here)
                    }
                    (text, operand) => {
                        self.written.push(word.into());
                        operand.and_word(text, here)
                    }
                },
                (Token::Literal(literal), operand) => {
                    self.written.push(literal.into());
                    operand.and_name(here)
                }
                (Token::Mark(punct, char), operand) => {
                    self.written.push(punct.into());
                    self.after_mark(char, operand, here)?
                }
                (Token::Group(nested), operand) => {
                    let delimiter = nested.delimiter;
                    self.written.push(nested_in_span(nested, private, awaits)?.into());
                    if delimiter == Delimiter::Brace {
                        self.statement = self.written.len();
                    }
                    operand.and_group(delimiter, here)
                }
            };
        }
        Some(self.written)
    }

    fn after_mark(&mut self, char: char, operand: Operand, here: Option<usize>) -> Option<Operand> {
        Some(match (char, operand) {
            ('?', operand) => operand,
            // A range.
            ('.', _) if self.take(|next| next.is_mark('.')) => Operand::Nothing,
            ('.', operand) => operand.and_separator(None),
            (':', operand) if self.take(|next| next.is_mark(':')) => operand.and_separator(here),
            // Less than, or shifted left: what follows an operand.
            ('<', Operand::Whole(_)) => {
                self.take(|next| next.is_mark('<'));
                Operand::Nothing
            }
            ('<', operand) => {
                self.take_generic_arguments()?;
                operand.and_name(here)
            }
            ('#', _) => {
                let is_of_a_statement = here == Some(self.statement);
                self.take(|next| next.is_mark('!'));
                self.take(|next| next.is_group(Delimiter::Bracket));
                if is_of_a_statement {
                    self.statement = self.written.len();
                }
                Operand::Nothing
            }
            (';', _) => {
                self.statement = self.written.len();
                Operand::Nothing
            }
            ('\'', _) => {
                self.take(|_| true);
                Operand::Nothing
            }
            _ => Operand::Nothing,
        })
    }

    /// Writes the next token, if it is such a one.
    fn take(&mut self, is: impl Fn(&Token) -> bool) -> bool {
        let token = self.tokens.next_if(is);
        let is_taken = token.is_some();
        self.written.extend(token.map(Token::into_tree));
        is_taken
    }

    /// Writes what stands before the `>` that belongs to a `<`, and that; nothing, if it is not there.
    fn take_generic_arguments(&mut self) -> Option<()> {
        let mut open = 1_usize;
        let mut is_arrow = false;
        while open > 0 {
            let token = self.tokens.next()?;
            match &token {
                Token::Mark(_, '<') => open += 1,
                Token::Mark(_, '>') if !is_arrow => open -= 1,
                _ => {}
            }
            is_arrow = token.is_mark('-') || token.is_mark('=');
            self.written.push(token.into_tree());
        }
        Some(())
    }

    /// Awaits in the span what is written from `start` to a dot; what could be awaited next is what that gives.
    fn in_span(&mut self, start: usize, word: &Ident, private: &PrivatePath) -> Operand {
        let span = local("__ops_span");
        self.written.pop();
        let mut operand = self.written.split_off(start);
        let first = operand[0].span();
        if let [TokenTree::Group(parentheses)] = &mut operand[..] {
            // Where it was written they are not needless.
            parentheses.set_span(here(first));
        }
        let operand = operand.into_iter().collect::<TokenStream>();
        let is_statement = self.is_block && self.statement == start;
        let semicolon = if is_statement { self.tokens.next_if(|next| next.is_mark(';')) } else { None };
        let at = here(word.span());
        let Some(semicolon) = semicolon else {
            self.written.extend(quote_spanned!(at=> #private::in_span(#operand, &mut #span).#word));
            return Operand::Whole(Some(start));
        };
        // A lint asks of what is awaited whether its output may be dropped.
        let future = Ident::new("__ops_future", first);
        let semicolon = semicolon.into_tree();
        let unused = quote_spanned!(word.span()=> #future.#word;);
        self.written.extend(quote_spanned! {at=>
            match #operand {
                #future => if false { #unused } else { let _ = #private::in_span(#future, &mut #span).await; }
            } #semicolon
        });
        self.statement = self.written.len();
        Operand::Nothing
    }
}

fn nested_in_span(nested: Nested, private: &PrivatePath, awaits: &mut bool) -> Option<Group> {
    let mut awaits_inside = false;
    let Nested { group, delimiter, tokens } = nested;
    let written = Statements::new(tokens, delimiter == Delimiter::Brace).each_in_span(private, &mut awaits_inside)?;
    if !awaits_inside {
        return Some(group);
    }
    *awaits = true;
    let mut inside = Group::new(delimiter, written.into_iter().collect());
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

    /// `body` as it is written, with `polled(..)` around what is polled in the span.
    fn written(body: TokenStream) -> Option<String> {
        let private = CratePath::new(Root::Ops, None).internal();
        let body = awaiting(read(body), &private)?;
        let text = body.statements.to_string().replace(&quote!(#private::in_span).to_string(), "polled");
        Some(text.replace(" , & mut __ops_span", ""))
    }

    #[test]
    fn what_is_awaited_is_a_path_with_calls_and_fields() {
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
            assert_eq!(written(body), Some(awaited.to_string()));
        }
    }

    #[test]
    fn of_what_nothing_uses_a_lint_is_asked() {
        let body = quote!(#[a] b().await; (c).await; { d.await; });
        let awaited = quote! {
            #[a] match b() { future => if false { future.await; } else { let _ = polled(future).await; } };
            match (c) { future => if false { future.await; } else { let _ = polled(future).await; } };
            { match d { future => if false { future.await; } else { let _ = polled(future).await; } }; }
        };
        assert_eq!(written(body).map(|body| body.replace("__ops_", "")), Some(awaited.to_string()));
    }

    #[test]
    fn what_an_async_block_awaits_is_its_own() {
        let body =
            awaiting(read(quote!(spawn(async { a.await }); b)), &CratePath::new(Root::Ops, None).internal()).unwrap();
        assert!(!body.awaits);
        assert_eq!(body.statements.to_string(), quote!(spawn(async { a.await }); b).to_string());
    }

    #[test]
    fn a_body_whose_tokens_do_not_say_what_is_awaited_or_by_whom_is_left_alone() {
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
            assert_eq!(written(body.clone()), None, "{body}");
        }
    }
}
