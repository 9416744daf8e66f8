//! Where the runtime crate is, as tokens with the place of what they concern.

use crate::crate_name::Root;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use std::sync::Arc;
use syn::{Path, Token};

/// The path of the crate that an expansion calls: its root by the name that the manifest gives it, or what `crate = path` says.
#[derive(Clone)]
pub(crate) struct CratePath {
    root: Root,
    given: Option<Path>,
    name: Arc<str>,
}

impl CratePath {
    pub(crate) fn new(root: Root, given: Option<Path>) -> Self {
        CratePath { root, given, name: root.crate_name() }
    }

    /// The crate that the attribute was exported for.
    pub(crate) fn root(&self) -> Root {
        self.root
    }

    /// Whether `crate = path` is there.
    pub(crate) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// `::ops::__private`, for an error that belongs under `at`.
    ///
    /// An error covers a call from its first token to its last: the path has to stand where the call does.
    pub(crate) fn private(&self, at: Span) -> Private {
        let root = self.given.as_ref().map(|path| located_at(path.to_token_stream(), here(at)));
        Private { root, name: Arc::clone(&self.name), at: here(at) }
    }

    /// `::ops::__private` where no error of the user's is expected.
    pub(crate) fn internal(&self) -> Private {
        self.private(Span::call_site())
    }
}

/// `::ops::__private`, at its place.
///
/// It is written token by token: to join two streams is dearer, and this stands in an expansion a dozen times.
#[derive(Clone)]
pub(crate) struct Private {
    root: Option<TokenStream>,
    name: Arc<str>,
    at: Span,
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let separator = Token![::](self.at);
        match &self.root {
            Some(root) => root.to_tokens(tokens),
            None => {
                separator.to_tokens(tokens);
                tokens.append(Ident::new(&self.name, self.at));
            }
        }
        separator.to_tokens(tokens);
        tokens.append(Ident::new("__private", self.at));
    }
}

/// A span that is shown at `at` and yet belongs to the expansion, so that the user's lints leave it alone.
pub(crate) fn here(at: Span) -> Span {
    Span::mixed_site().located_at(at)
}

/// The places of the first and of the last token of `tokens`.
///
/// The compiler does not join two places for us: what has to be underlined as a whole needs a token at each end.
pub(crate) fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The place of the first token of `tokens`.
pub(crate) fn start(tokens: &impl ToTokens) -> Span {
    ends(tokens).0
}

fn located_at(tokens: TokenStream, at: Span) -> TokenStream {
    let relocate = |mut token: TokenTree| {
        if let TokenTree::Group(group) = &token {
            token = TokenTree::Group(Group::new(group.delimiter(), located_at(group.stream(), at)));
        }
        token.set_span(token.span().located_at(at));
        token
    };
    tokens.into_iter().map(relocate).collect()
}
