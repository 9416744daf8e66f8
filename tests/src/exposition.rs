//! A strict parser of the Prometheus and OpenMetrics text formats, independent of the code under test.

use std::collections::BTreeMap;

/// Labels of a sample: name to value.
pub type Labels = BTreeMap<String, String>;

/// A sample line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// Metric name, without quotes.
    pub name: String,
    /// Labels. The parser rejects duplicates.
    pub labels: Labels,
    /// Value, as written.
    pub value: String,
}

impl Sample {
    /// Creates a sample.
    pub fn new(name: impl Into<String>, labels: Labels, value: impl Into<String>) -> Sample {
        Sample { name: name.into(), labels, value: value.into() }
    }
}

/// Parses an exposition by the common grammar of both text formats.
///
/// Accepts samples without timestamps and exemplars, `# TYPE`, `# HELP` and `# UNIT` lines, and `# EOF`.
///
/// # Errors
/// Returns the first line that is not a sample.
pub fn samples(text: &str) -> Result<Vec<Sample>, String> {
    let text = text.strip_suffix('\n').ok_or("the last line has no line feed")?;
    let is_comment = |line: &str| {
        let known = ["# TYPE ", "# HELP ", "# UNIT "];
        known.iter().any(|start| line.starts_with(start)) || line == "# EOF"
    };
    let lines = text.split('\n').filter(|line| !is_comment(line));
    lines.map(|line| sample(line).ok_or_else(|| format!("not a sample: {line:?}"))).collect()
}

fn sample(line: &str) -> Option<Sample> {
    if let Some(quoted) = line.strip_prefix("{\"") {
        return quoted_sample(quoted);
    }
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == ':';
    let name = &line[..line.find(|char| !is_name(char))?];
    let rest = &line[name.len()..];
    let (labels, value) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Labels::new(), rest),
    };
    sample_of(name.to_owned(), labels, value)
}

/// Parses a sample whose name is quoted, starting after `{"`.
fn quoted_sample(quoted: &str) -> Option<Sample> {
    let (name, rest) = quoted_value(quoted)?;
    let (labels, value) = match rest.strip_prefix(',') {
        Some(rest) => labels(rest)?,
        None => (Labels::new(), rest.strip_prefix('}')?),
    };
    sample_of(name, labels, value)
}

fn sample_of(name: String, labels: Labels, value: &str) -> Option<Sample> {
    let value = value.strip_prefix(' ')?;
    value.parse::<f64>().ok()?;
    Some(Sample { name, labels, value: value.to_owned() })
}

/// Parses labels up to the closing brace. Returns them and the rest of the line.
fn labels(mut rest: &str) -> Option<(Labels, &str)> {
    let mut labels = Labels::new();
    loop {
        let (name, quoted) = rest.split_once("=\"")?;
        let (value, after) = quoted_value(quoted)?;
        let is_new = labels.insert(name.to_owned(), value).is_none();
        rest = after.strip_prefix(',').filter(|_| is_new).or(after.strip_prefix('}'))?;
        if after.starts_with('}') {
            return Some((labels, rest));
        }
    }
}

/// Parses a string up to the closing quote. Returns it unescaped, and the rest of the line.
///
/// Only backslash, quote and line feed may be escaped.
fn quoted_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    loop {
        match characters.next()? {
            (at, '"') => return Some((value, &text[at + 1..])),
            (_, '\\') => value.push(match characters.next()?.1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => return None,
            }),
            (_, char) => value.push(char),
        }
    }
}
