//! The text that a check gives, bounded: a check cannot fill the memory or the report.

use crate::utf8::floor_char_boundary;
use std::fmt;

/// The most bytes that are kept of one text.
const MAX_BYTES: usize = 4096;

/// What ends a text that was cut.
const CUT: &str = "…";

/// Returns `text` as displayed with `{:#}`, cut at the end of a character to at most 4 KiB.
///
/// No more than that is ever held, however much `text` writes; what it had written when it failed is kept.
///
/// ```
/// # extern crate ops_core as ops;
/// assert_eq!(ops::health::bounded_text("down"), "down");
/// assert_eq!(ops::health::bounded_text("x".repeat(5000)).len(), 4096);
/// ```
pub fn bounded_text(text: impl fmt::Display) -> String {
    let mut bounded = Bounded { text: String::new(), full: false };
    // An error means that the text is full or that its author's `Display` gave up: what is there is what there is.
    let _ = fmt::write(&mut bounded, format_args!("{text:#}"));
    if bounded.full {
        truncate(&mut bounded.text, MAX_BYTES - CUT.len());
        bounded.text.push_str(CUT);
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
    fn a_text_that_fits_is_kept_as_it_is() {
        let longest = "x".repeat(MAX_BYTES);
        for text in ["", "down", "91 % füll", &longest] {
            assert_eq!(bounded_text(text), text);
        }
    }

    #[test]
    fn a_longer_text_is_cut_at_the_end_of_a_character() {
        let cut = bounded_text("é".repeat(MAX_BYTES));
        assert_eq!(cut, "é".repeat(2046) + "…");
        assert!(cut.len() <= MAX_BYTES);
    }

    #[test]
    fn a_text_without_end_takes_no_more_than_its_bound() {
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
    fn a_text_that_fails_is_kept_up_to_there() {
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
