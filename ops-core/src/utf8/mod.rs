//! Truncation of UTF-8 text.

/// The largest index of at most `index` that is a character boundary of `text`. `str::floor_char_boundary` is newer than the
/// oldest Rust that this crate supports.
#[inline]
pub(crate) fn floor_char_boundary(text: &str, index: usize) -> usize {
    if index >= text.len() {
        return text.len();
    }
    // The first byte of a character is at most three before any other of its bytes.
    (index.saturating_sub(3)..=index).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_to_the_start_of_a_character() {
        let text = "aé€😀";
        let floors: Vec<_> = (0..=text.len() + 1).map(|index| floor_char_boundary(text, index)).collect();
        assert_eq!(floors, [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10]);
        assert_eq!(floor_char_boundary("", 7), 0);
    }
}
