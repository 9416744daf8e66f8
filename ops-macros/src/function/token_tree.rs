//! The tokens of a body, read once: to ask the compiler for them again costs more than any question about them.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Span, TokenStream, TokenTree};

/// A token of a body.
pub(super) enum Token {
    Word(Ident, String),
    Mark(Punct, char),
    Literal(Literal),
    Group(Nested),
}

/// A group, and what is in it.
pub(super) struct Nested {
    pub(super) group: Group,
    pub(super) delimiter: Delimiter,
    pub(super) tokens: Vec<Token>,
}

/// All of `tokens`.
pub(super) fn read(tokens: TokenStream) -> Vec<Token> {
    tokens.into_iter().map(Token::read).collect()
}

impl Token {
    fn read(token: TokenTree) -> Token {
        match token {
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                Token::Word(ident, text)
            }
            TokenTree::Punct(punct) => {
                let char = punct.as_char();
                Token::Mark(punct, char)
            }
            TokenTree::Literal(literal) => Token::Literal(literal),
            TokenTree::Group(group) => {
                let (delimiter, tokens) = (group.delimiter(), read(group.stream()));
                Token::Group(Nested { group, delimiter, tokens })
            }
        }
    }

    /// The token as the compiler has it.
    pub(super) fn into_tree(self) -> TokenTree {
        match self {
            Token::Word(ident, _) => ident.into(),
            Token::Mark(punct, _) => punct.into(),
            Token::Literal(literal) => literal.into(),
            Token::Group(Nested { group, .. }) => group.into(),
        }
    }

    pub(super) fn span(&self) -> Span {
        match self {
            Token::Word(ident, _) => ident.span(),
            Token::Mark(punct, _) => punct.span(),
            Token::Literal(literal) => literal.span(),
            Token::Group(Nested { group, .. }) => group.span(),
        }
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Token::Word(_, text) if *text == *word)
    }

    pub(super) fn is_mark(&self, char: char) -> bool {
        matches!(self, Token::Mark(_, mark) if *mark == char)
    }

    pub(super) fn is_group(&self, delimiter: Delimiter) -> bool {
        matches!(self, Token::Group(nested) if nested.delimiter == delimiter)
    }
}
