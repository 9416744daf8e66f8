//! The path of the crate that an expansion calls, as tokens with the span of what they concern.

use super::crate_name::Root;
use super::spans::here;
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
    pub(crate) fn private(&self, at: Span) -> PrivatePath {
        let root = self.given.as_ref().map(|path| located_at(path.to_token_stream(), here(at)));
        PrivatePath { root, name: Arc::clone(&self.name), at: here(at) }
    }

    /// `::ops::__private` where no error of the user's is expected.
    pub(crate) fn internal(&self) -> PrivatePath {
        self.private(Span::call_site())
    }
}

/// `::ops::__private`, at its place.
///
/// It is written token by token: to join two streams is dearer, and this stands in an expansion a dozen times.
#[derive(Clone)]
pub(crate) struct PrivatePath {
    root: Option<TokenStream>,
    name: Arc<str>,
    at: Span,
}

impl ToTokens for PrivatePath {
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
