//! Spans: where an error about generated tokens is shown.

use proc_macro2::Span;
use quote::ToTokens;

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
