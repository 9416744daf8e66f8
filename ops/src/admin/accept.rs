//! Which of two representations the `Accept` header prefers.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Whether the caller would rather have `text/plain` than `application/json`. JSON if both are as welcome.
pub(super) fn prefers_text(headers: &HeaderMap) -> bool {
    let values: Vec<_> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let quality =
        |media_type| values.iter().flat_map(|value| value.split(',')).filter_map(|r| range(r, media_type)).max();
    // Nothing that matches is a quality of 0, unless there is no header at all.
    let quality = |media_type| quality(media_type).map_or(0, |(_specificity, quality)| quality);
    quality("text/plain") > quality("application/json")
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

    #[test]
    fn the_more_welcome_one_is_preferred_and_json_if_neither_is() {
        for (accept, text) in [
            ("*/*", false),
            ("", false),
            ("text/plain", true),
            ("Text/Plain; charset=utf-8", true),
            ("text/*", true),
            ("text/html", false),
            ("application/json", false),
            ("application/json, text/plain", false),
            ("application/json;q=0.5, text/plain", true),
            ("text/plain;q=0.5, */*", false),
            ("text/plain;q=0.5, */*;q=0.1", true),
            ("text/plain;q=0", false),
            ("text/*;q=0.9, text/plain;q=0.1, application/json;q=0.5", false),
            ("text/plain;q=high", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(prefers_text(&headers), text, "{accept:?}");
        }
        assert!(!prefers_text(&HeaderMap::new()));
    }
}
