//! Content negotiation by the `Accept` header.

use crate::exposition::quality::{self, Preference};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Returns the index of the media type with the highest weight, the first among equals.
///
/// Returns 0 if no media type is acceptable.
pub(crate) fn preferred(headers: &HeaderMap, media_types: &[&str]) -> usize {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let preferences: Vec<Preference<'_>> = quality::parse(lines).collect();
    let weight = |media_type: &str| {
        let matching =
            preferences.iter().filter_map(|each| Some((specificity(each.value(), media_type)?, each.weight())));
        matching.max().map_or(0, |(_specificity, weight)| weight)
    };
    let best = media_types.iter().enumerate().rev().max_by_key(|(_, media_type)| weight(media_type));
    best.map_or(0, |(index, _)| index)
}

/// Returns the specificity of a media range that matches `media_type`, or `None`.
fn specificity(range: &str, media_type: &str) -> Option<u8> {
    let kind = media_type.split('/').next()?;
    if range.eq_ignore_ascii_case(media_type) {
        Some(2)
    } else if range.strip_suffix("/*").is_some_and(|range| range.eq_ignore_ascii_case(kind)) {
        Some(1)
    } else {
        (range == "*/*").then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const JSON: &str = "application/json";
    const TEXT: &str = "text/plain";
    const HEALTH: &str = "application/health+json";

    #[test]
    fn prefers_the_highest_weight_and_falls_back_to_the_first() {
        for (accept, expected) in [
            ("*/*", JSON),
            ("", JSON),
            ("text/plain", TEXT),
            ("Text/Plain; charset=utf-8", TEXT),
            ("text/*", TEXT),
            ("text/html", JSON),
            ("application/json", JSON),
            ("application/*", JSON),
            ("application/health+json", HEALTH),
            ("application/health+json, application/json;q=0.9, */*;q=0.1", HEALTH),
            ("application/json, text/plain", JSON),
            ("application/json;q=0.5, text/plain", TEXT),
            ("text/plain;q=0.5, */*", JSON),
            ("text/plain;q=0.5, */*;q=0.1", TEXT),
            ("text/plain;q=0", JSON),
            ("text/*;q=0.9, text/plain;q=0.1, application/json;q=0.5", JSON),
            ("text/plain;q=high", JSON),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            let media_types = [JSON, TEXT, HEALTH];
            assert_eq!(media_types[preferred(&headers, &media_types)], expected, "{accept:?}");
        }
        assert_eq!(preferred(&HeaderMap::new(), &[TEXT, JSON]), 0);
    }
}
