//! Which of several representations the `Accept` header prefers.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// The place in `media_types` of the one that the caller would rather have; the first of those that are as welcome, and the
/// first of all if none is.
pub(super) fn preferred(headers: &HeaderMap, media_types: &[&str]) -> usize {
    let values: Vec<_> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let quality = |media_type: &str| {
        let ranges = values.iter().flat_map(|value| value.split(',')).filter_map(|each| range(each, media_type));
        // Nothing that matches is a quality of 0.
        ranges.max().map_or(0, |(_specificity, quality)| quality)
    };
    let best = media_types.iter().enumerate().rev().max_by_key(|(_, media_type)| quality(media_type));
    best.map_or(0, |(place, _)| place)
}

/// How closely a media range matches `media_type`, and its quality in thousandths; `None` if it does not match.
fn range(range: &str, media_type: &str) -> Option<(u8, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?;
    let kind = media_type.split('/').next()?;
    let specificity = if name.eq_ignore_ascii_case(media_type) {
        2
    } else if name.strip_suffix("/*").is_some_and(|name| name.eq_ignore_ascii_case(kind)) {
        1
    } else if name == "*/*" {
        0
    } else {
        return None;
    };
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((specificity, quality.map_or(1000, thousandths)))
}

fn thousandths(quality: &str) -> u16 {
    match quality.trim().parse::<f32>() {
        // In range, so the cast keeps the value.
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0).round() as u16,
        _ => 0,
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
    fn the_most_welcome_one_is_preferred_and_the_first_if_none_is() {
        for (accept, preferred_one) in [
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
            assert_eq!(media_types[preferred(&headers, &media_types)], preferred_one, "{accept:?}");
        }
        assert_eq!(preferred(&HeaderMap::new(), &[TEXT, JSON]), 0);
    }
}
