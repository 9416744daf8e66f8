//! Spans of generated tokens, which determine where errors are reported.

use proc_macro2::Span;
use quote::ToTokens;

/// Returns a span located at `at` with the hygiene of the expansion, so that lints skip it.
pub(crate) fn mixed_site_at(at: Span) -> Span {
    Span::mixed_site().located_at(at)
}

/// Returns the spans of the first and last token of `tokens`.
///
/// Spans cannot be joined on stable Rust: to underline a range, the generated code needs a token at each end.
pub(crate) fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// Returns the span of the first token of `tokens`.
pub(crate) fn start(tokens: &impl ToTokens) -> Span {
    ends(tokens).0
}
