//! The path of the crate that an expansion refers to, with the span for error messages.

use super::crate_name::Root;
use super::spans::mixed_site_at;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use std::sync::Arc;
use syn::{Path, Token};

/// The path of the crate that an expansion refers to: `crate = path`, or the name in the manifest.
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

    /// Returns the crate that exports the attribute.
    pub(crate) fn root(&self) -> Root {
        self.root
    }

    /// Returns `true` if the path was set with `crate = path`.
    pub(crate) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// Returns `::ops::__private` with the span `at`, where errors about the call are reported.
    ///
    /// The compiler underlines a call from its first to its last token, so the path needs the span too.
    pub(crate) fn private(&self, at: Span) -> PrivatePath {
        let root = self.given.as_ref().map(|path| located_at(path.to_token_stream(), mixed_site_at(at)));
        PrivatePath { root, name: Arc::clone(&self.name), at: mixed_site_at(at) }
    }

    /// Returns `::ops::__private` with the call site as span, for code that cannot cause user errors.
    pub(crate) fn internal(&self) -> PrivatePath {
        self.private(Span::call_site())
    }
}

/// The path `::ops::__private` with a span.
///
/// Emitted token by token, because joining streams is slower and an expansion contains a dozen of these paths.
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
