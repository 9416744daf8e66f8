//! Reads expositions by the grammar of the text formats, and nothing beyond it.

use std::collections::BTreeMap;

/// The labels of a sample, by name.
pub type Labels = BTreeMap<String, String>;

/// A line of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// The name, without quotes.
    pub name: String,
    /// The labels, each of which is there once.
    pub labels: Labels,
    /// The number, as it stands there.
    pub value: String,
}

impl Sample {
    /// A sample.
    pub fn new(name: impl Into<String>, labels: Labels, value: impl Into<String>) -> Sample {
        Sample { name: name.into(), labels, value: value.into() }
    }
}

/// Reads an exposition by the grammar that both text formats have, and nothing beyond it: samples, and lines of `#` that
/// are TYPE, HELP, UNIT or the end.
///
/// # Errors
/// The first line that is none.
pub fn samples(text: &str) -> Result<Vec<Sample>, String> {
    let text = text.strip_suffix('\n').ok_or("no end of the last line")?;
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

/// A sample whose name is in quotes, from after the first of them.
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

/// Labels up to their brace, and what follows it.
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

/// A value up to its quote, and what follows it. Only a backslash, a quote and the end of a line are escaped.
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
