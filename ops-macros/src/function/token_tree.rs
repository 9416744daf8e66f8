//! Buffered token tree of a body.
//!
//! Tokens are read once, because each read calls into the compiler.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Span, TokenStream, TokenTree};

/// A token of a body.
pub(super) enum Token {
    Ident(Ident, String),
    Punct(Punct, char),
    Literal(Literal),
    Group(Nested),
}

/// A group and its tokens.
pub(super) struct Nested {
    pub(super) group: Group,
    pub(super) delimiter: Delimiter,
    pub(super) tokens: Vec<Token>,
}

/// Reads all `tokens`.
pub(super) fn read(tokens: TokenStream) -> Vec<Token> {
    tokens.into_iter().map(Token::read).collect()
}

impl Token {
    fn read(token: TokenTree) -> Token {
        match token {
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                Token::Ident(ident, text)
            }
            TokenTree::Punct(punct) => {
                let char = punct.as_char();
                Token::Punct(punct, char)
            }
            TokenTree::Literal(literal) => Token::Literal(literal),
            TokenTree::Group(group) => {
                let (delimiter, tokens) = (group.delimiter(), read(group.stream()));
                Token::Group(Nested { group, delimiter, tokens })
            }
        }
    }

    /// Converts the token to a compiler token.
    pub(super) fn into_tree(self) -> TokenTree {
        match self {
            Token::Ident(ident, _) => ident.into(),
            Token::Punct(punct, _) => punct.into(),
            Token::Literal(literal) => literal.into(),
            Token::Group(Nested { group, .. }) => group.into(),
        }
    }

    pub(super) fn span(&self) -> Span {
        match self {
            Token::Ident(ident, _) => ident.span(),
            Token::Punct(punct, _) => punct.span(),
            Token::Literal(literal) => literal.span(),
            Token::Group(Nested { group, .. }) => group.span(),
        }
    }

    pub(super) fn is_ident(&self, word: &str) -> bool {
        matches!(self, Token::Ident(_, text) if *text == *word)
    }

    pub(super) fn is_punct(&self, char: char) -> bool {
        matches!(self, Token::Punct(_, mark) if *mark == char)
    }

    pub(super) fn is_group(&self, delimiter: Delimiter) -> bool {
        matches!(self, Token::Group(nested) if nested.delimiter == delimiter)
    }
}
