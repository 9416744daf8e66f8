//! Conversion of identifiers to snake case: `PointOfSale` → `point_of_sale`.

/// Converts `name` to snake case.
///
/// A word starts at a capital after a lower-case letter or a digit, and at the last capital of a run before lower case.
pub(super) fn snake_case(name: &str) -> String {
    let letters = name.chars().collect::<Vec<_>>();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let after_lower = at > 0 && (letters[at - 1].is_lowercase() || letters[at - 1].is_numeric());
        let ends_capitals =
            at > 0 && letters[at - 1].is_uppercase() && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_lower || ends_capitals) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn splits_words_at_capitals() {
        for (name, snake) in [
            ("Web", "web"),
            ("PointOfSale", "point_of_sale"),
            ("HTTPServer", "http_server"),
            ("Http2", "http2"),
            ("V2Beta", "v2_beta"),
            ("already_snake", "already_snake"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }
}
