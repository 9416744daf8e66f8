//! Phrases that describe a concept instead of naming it.

use crate::finding::Finding;

/// Forbidden phrases, in lower case.
const PHRASES: &[&str] = &[
    // Descriptions of concepts that have an established term.
    "what only ever goes up",
    "takes out the series",
    "makes no sense",
    "make no sense",
    "the wish that",
    "a wish that",
    "why a login is none",
    "that are made elsewhere",
    "what happens by itself",
    "is told to be",
    "the spare one",
    "finds that out",
    "who says nothing",
    "says nothing, or a byte",
    "when the limit of the head says",
    "that is odd while",
    "makes way for",
    "make way for",
    "who is idle",
    "who is new",
    "arithmetic of moments",
    "is there twice",
    "in rising order, each once",
    "too many logins at once",
    "come back in a second",
    "checks that cannot hurt",
    "what a client can take",
    "puts it together",
    "asks who calls",
    "do what the policy says",
    "a health check has no `self`",
    "own the time",
    "test of shares",
    "by all that is known",
    "wrong logins in numbers",
    "in all and per address",
    "scrapes at once",
    "nothing left of descriptors",
    "file that is followed",
    "the hash of the one before",
    "two things of one name",
    // Clauses in place of a noun.
    "who asks",
    "who calls",
    "who sends",
    "whoever",
    "whosoever",
    "nobody",
    "anybody",
    "somebody",
    "what is wrong",
    "what is left",
    "what is meant",
    "is none",
    "are none",
    "so many",
    "; whether",
    "no more than one",
    // A label set is static or dynamic.
    "closed label set",
    "closed set of labels",
    "open label set",
    "open set of labels",
];

/// Returns the occurrences of the forbidden phrases in a text.
///
/// Ignores case, line breaks, comment markers, and underscores in identifiers. A phrase after "there" is allowed, as in "there is
/// none".
pub fn phrases(file: &str, text: &str) -> Vec<Finding> {
    let flat = Flat::new(text);
    let mut findings: Vec<Finding> = Vec::new();
    for phrase in PHRASES {
        for (start, _) in flat.text.match_indices(phrase) {
            if flat.is_delimited(start, start + phrase.len()) && !flat.text[..start].ends_with("there ") {
                findings.push(Finding::new(file, flat.line(start), format!("phrase `{phrase}`")));
            }
        }
    }
    findings.sort();
    findings
}

/// A text in lower case on one line.
struct Flat {
    text: String,
    /// Offset in `text` at which each line begins.
    lines: Vec<usize>,
}

impl Flat {
    fn new(text: &str) -> Self {
        let mut flat = Flat { text: String::with_capacity(text.len()), lines: Vec::new() };
        for line in text.lines() {
            flat.lines.push(flat.text.len());
            let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '!' | '#' | '*' | '>'));
            // Methods of the standard library.
            let line = line.replace("is_none", "");
            for word in line.split(|c: char| c.is_whitespace() || c == '_').filter(|word| !word.is_empty()) {
                flat.text.push_str(&word.to_lowercase());
                flat.text.push(' ');
            }
        }
        flat
    }

    /// Returns `true` if neither end is within a word.
    fn is_delimited(&self, start: usize, end: usize) -> bool {
        let before = self.text[..start].chars().next_back();
        let after = self.text[end..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    }

    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }
}
