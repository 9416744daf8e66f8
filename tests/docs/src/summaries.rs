//! Rustdoc summaries: the first paragraph of each documentation comment.

use crate::finding::Finding;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::LitStr;

/// Maximum length of a summary, in characters.
const MAX_LENGTH: usize = 100;

/// Words that begin a clause about the item instead of naming it.
const CLAUSE_WORDS: [&str; 8] = ["What", "Who", "Whose", "Whether", "How", "Where", "When", "That"];

/// Returns the summaries in a Rust file that are too long or begin with a clause.
///
/// Documentation is read from tokens, so that comments in the input of macros count.
///
/// # Errors
/// If the text cannot be split into tokens.
pub fn summaries(file: &str, text: &str) -> Result<Vec<Finding>, String> {
    let tokens: TokenStream = text.parse().map_err(|error| format!("{file}: {error}"))?;
    let mut docs = Vec::new();
    collect(tokens, &mut docs);
    Ok(docs.iter().flat_map(|doc| doc.findings(file)).collect())
}

/// The documentation of one item.
struct Doc {
    line: usize,
    /// One for each `#[doc = ".."]`, which is one for each line of a comment.
    lines: Vec<String>,
}

impl Doc {
    fn findings(&self, file: &str) -> Vec<Finding> {
        let paragraph = self.lines.iter().flat_map(|text| text.split('\n')).map(str::trim);
        let paragraph = paragraph.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
        let summary = paragraph.collect::<Vec<_>>().join(" ");
        let first = summary.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let length = summary.chars().count();
        let mut findings = Vec::new();
        if CLAUSE_WORDS.contains(&first) {
            findings.push(Finding::new(file, self.line, format!("summary begins with `{first}`: {summary}")));
        }
        if length > MAX_LENGTH {
            findings.push(Finding::new(file, self.line, format!("summary of {length} characters: {summary}")));
        }
        findings
    }
}

fn collect(tokens: TokenStream, docs: &mut Vec<Doc>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    let mut current: Option<(bool, Doc)> = None;
    while let [first, following @ ..] = rest {
        match attribute(rest) {
            Some(attribute) => {
                rest = &rest[attribute.tokens..];
                let Some(text) = attribute.doc else { continue };
                let doc = match current.take() {
                    Some((is_inner, doc)) if is_inner == attribute.is_inner => doc,
                    other => {
                        docs.extend(other.map(|(_, doc)| doc));
                        Doc { line: attribute.line, lines: Vec::new() }
                    }
                };
                let lines = doc.lines.into_iter().chain([text]).collect();
                current = Some((attribute.is_inner, Doc { lines, ..doc }));
            }
            None => {
                docs.extend(current.take().map(|(_, doc)| doc));
                if let TokenTree::Group(group) = first {
                    collect(group.stream(), docs);
                }
                rest = following;
            }
        }
    }
    docs.extend(current.map(|(_, doc)| doc));
}

/// An attribute at the start of a sequence of tokens.
struct Attribute {
    /// Number of tokens.
    tokens: usize,
    line: usize,
    is_inner: bool,
    /// The text of `doc = ".."`.
    doc: Option<String>,
}

fn attribute(tokens: &[TokenTree]) -> Option<Attribute> {
    let is_punct = |token: &TokenTree, c| matches!(token, TokenTree::Punct(punct) if punct.as_char() == c);
    let (hash, rest) = tokens.split_first()?;
    let is_inner = rest.first().is_some_and(|token| is_punct(token, '!'));
    let TokenTree::Group(group) = rest.get(usize::from(is_inner))? else { return None };
    if !is_punct(hash, '#') || group.delimiter() != Delimiter::Bracket {
        return None;
    }
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    let doc = match inner.as_slice() {
        [TokenTree::Ident(name), equals, TokenTree::Literal(literal)] if name == "doc" && is_punct(equals, '=') => {
            syn::parse_str::<LitStr>(&literal.to_string()).ok().map(|literal| literal.value())
        }
        _ => None,
    };
    let line = hash.span().start().line;
    Some(Attribute { tokens: 2 + usize::from(is_inner), line, is_inner, doc })
}
