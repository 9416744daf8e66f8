//! Truncation of UTF-8 text.

/// Returns the largest character boundary of `text` that is at most `index`.
///
/// `str::floor_char_boundary` is newer than the MSRV.
#[inline]
pub(crate) fn floor_char_boundary(text: &str, index: usize) -> usize {
    if index >= text.len() {
        return text.len();
    }
    // A character has at most four bytes.
    (index.saturating_sub(3)..=index).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_down_to_a_char_boundary() {
        let text = "aé€😀";
        let floors: Vec<_> = (0..=text.len() + 1).map(|index| floor_char_boundary(text, index)).collect();
        assert_eq!(floors, [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10]);
        assert_eq!(floor_char_boundary("", 7), 0);
    }
}
