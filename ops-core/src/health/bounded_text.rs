//! Truncation of texts, so that a check cannot exhaust memory or flood the report.

use crate::utf8::floor_char_boundary;
use std::fmt;

/// Maximum length of a text in bytes.
const MAX_BYTES: usize = 4096;

/// Last character of a truncated text.
const ELLIPSIS: &str = "…";

/// Formats `text` with `{:#}`, truncated at a character boundary to at most 4 KiB.
///
/// Memory use is bounded even if `text` writes without end. If formatting fails, the output up to that point is kept.
///
/// ```
/// # extern crate ops_core as ops;
/// assert_eq!(ops::health::bounded_text("down"), "down");
/// assert_eq!(ops::health::bounded_text("x".repeat(5000)).len(), 4096);
/// ```
pub fn bounded_text(text: impl fmt::Display) -> String {
    let mut bounded = Bounded { text: String::new(), full: false };
    // An error means that the limit is reached or that the `Display` implementation failed; both keep the output so far.
    let _ = fmt::write(&mut bounded, format_args!("{text:#}"));
    if bounded.full {
        truncate(&mut bounded.text, MAX_BYTES - ELLIPSIS.len());
        bounded.text.push_str(ELLIPSIS);
    }
    bounded.text
}

struct Bounded {
    text: String,
    full: bool,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = MAX_BYTES - self.text.len();
        if more.len() <= room {
            self.text.push_str(more);
            return Ok(());
        }
        self.text.push_str(&more[..floor_char_boundary(more, room)]);
        self.full = true;
        Err(fmt::Error)
    }
}

fn truncate(text: &mut String, bytes: usize) {
    text.truncate(floor_char_boundary(text, bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_texts_within_the_limit_unchanged() {
        let longest = "x".repeat(MAX_BYTES);
        for text in ["", "down", "91 % füll", &longest] {
            assert_eq!(bounded_text(text), text);
        }
    }

    #[test]
    fn truncates_longer_texts_at_a_character_boundary() {
        let cut = bounded_text("é".repeat(MAX_BYTES));
        assert_eq!(cut, "é".repeat(2046) + "…");
        assert!(cut.len() <= MAX_BYTES);
    }

    #[test]
    fn bounds_the_memory_of_an_endless_text() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("and so on, ")?;
                }
            }
        }
        assert!(bounded_text(Endless).len() <= MAX_BYTES);
    }

    #[test]
    fn keeps_the_output_of_a_display_that_fails() {
        struct Broken;
        impl fmt::Display for Broken {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("so far")?;
                Err(fmt::Error)
            }
        }
        assert_eq!(bounded_text(Broken), "so far");
    }
}
