//! Finds paths in macro tokens heuristically, since the syntax of a macro's input is unknown.

use crate::imports;
use crate::tree::{Namespaces, Path};
use crate::uses::starts_uppercase;
use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};

/// A path in tokens.
pub(crate) struct TokenPath {
    pub(crate) path: Path,
    /// Namespaces that the surrounding tokens permit.
    pub(crate) namespaces: Namespaces,
}

/// Returns all paths in `tokens`.
///
/// A single identifier counts as a path if it starts with an uppercase letter, is called, or is invoked as a macro. Otherwise it
/// may be a field or a variable.
pub(crate) fn paths(tokens: TokenStream) -> Vec<TokenPath> {
    let mut paths = Vec::new();
    scan(tokens, &mut paths);
    paths
}

/// Returns the string literals that are paths of several segments, as in `#[serde(with = "a::b")]`.
pub(crate) fn path_literals(tokens: &TokenStream) -> Vec<Path> {
    let literals = tokens.clone().into_iter().filter_map(|token| match token {
        TokenTree::Literal(literal) => Some(literal),
        _ => None,
    });
    let parsed = literals.filter_map(|literal| {
        let text = syn::parse_str::<syn::LitStr>(&literal.to_string()).ok()?;
        let path = syn::parse_str::<syn::Path>(&text.value()).ok()?;
        let segments: Vec<String> = path.segments.iter().map(|segment| imports::plain(&segment.ident)).collect();
        let line = literal.span().start().line;
        (segments.len() > 1).then_some(Path { is_global: path.leading_colon.is_some(), segments, line })
    });
    parsed.collect()
}

fn scan(tokens: TokenStream, paths: &mut Vec<TokenPath>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(ident) => {
                let (path, next) = read(&tokens, at, ident);
                let group = path_group(&tokens, next);
                if is_reference(&tokens, at) {
                    match &group {
                        Some(group) => add_group(&path, group, paths),
                        None => add(path, &tokens, at, next, paths),
                    }
                }
                at = if group.is_some() { next + 3 } else { next };
            }
            TokenTree::Group(group) => {
                scan(group.stream(), paths);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads the path that starts with `first` at `at`. Returns it and the index after its end.
fn read(tokens: &[TokenTree], at: usize, first: &Ident) -> (Path, usize) {
    let is_global = is_path_separator(tokens, at.wrapping_sub(2)) && !precedes_path(tokens, at.wrapping_sub(3));
    let mut segments = vec![imports::plain(first)];
    let mut next = at + 1;
    while is_path_separator(tokens, next)
        && let Some(TokenTree::Ident(ident)) = tokens.get(next + 2)
    {
        segments.push(imports::plain(ident));
        next += 3;
    }
    (Path { is_global, segments, line: first.span().start().line }, next)
}

fn add(path: Path, tokens: &[TokenTree], at: usize, next: usize, paths: &mut Vec<TokenPath>) {
    let is_single = path.segments.len() == 1;
    let called =
        matches!(tokens.get(next), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
    let invoked = is_punct(tokens, next, '!') && !is_punct(tokens, next + 1, '=');
    let namespaces = if invoked {
        Namespaces::MACROS
    } else if is_use(tokens, at) {
        Namespaces::ALL
    } else {
        Namespaces::TYPES | Namespaces::VALUES
    };
    let is_path = !is_single || called || invoked || starts_uppercase(&path.segments[0]);
    if is_path {
        paths.push(TokenPath { path, namespaces });
    }
}

/// Returns the braced group of `prefix::{..}`, where the prefix ends at `at`.
fn path_group(tokens: &[TokenTree], at: usize) -> Option<TokenStream> {
    match tokens.get(at + 2) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace && is_path_separator(tokens, at) => {
            Some(group.stream())
        }
        _ => None,
    }
}

/// Adds the paths of `prefix::{..}`.
fn add_group(prefix: &Path, group: &TokenStream, paths: &mut Vec<TokenPath>) {
    let global = if prefix.is_global { "::" } else { "" };
    let text = format!("use {global}{}::{{{group}}};", prefix.segments.join("::"));
    let Ok(item) = syn::parse_str::<syn::ItemUse>(&text) else { return };
    for import in imports::of(&item) {
        let path = Path { line: prefix.line, ..import.path };
        paths.push(TokenPath { path, namespaces: Namespaces::ALL });
    }
}

/// Returns `true` if the identifier at `at` may refer to an item.
///
/// Fields, methods, lifetimes, definitions and interpolated variables do not.
fn is_reference(tokens: &[TokenTree], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    match &tokens[before] {
        TokenTree::Punct(punct) => match punct.as_char() {
            '.' => before.checked_sub(1).is_some_and(|earlier| is_punct(tokens, earlier, '.')),
            '\'' | '#' => false,
            '$' => matches!(&tokens[at], TokenTree::Ident(ident) if ident == "crate"),
            // Segments after `<T as Trait>::` are associated items, not the start of a path.
            ':' => !is_path_separator(tokens, at.wrapping_sub(2)) || !precedes_path(tokens, at.wrapping_sub(3)),
            _ => true,
        },
        TokenTree::Ident(ident) => {
            let defining =
                ["const", "enum", "fn", "let", "macro_rules", "mod", "static", "struct", "trait", "type", "union"];
            !defining.contains(&ident.to_string().as_str())
        }
        _ => true,
    }
}

fn is_use(tokens: &[TokenTree], at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| matches!(&tokens[before], TokenTree::Ident(ident) if ident == "use"))
}

/// Returns `true` if a `::` after this token continues a path.
fn precedes_path(tokens: &[TokenTree], at: usize) -> bool {
    match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => {
            !matches!(ident.to_string().as_str(), "use" | "as" | "dyn" | "impl" | "mut" | "return" | "in")
        }
        Some(TokenTree::Punct(punct)) => punct.as_char() == '>',
        _ => false,
    }
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    let first = matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint);
    first && is_punct(tokens, at + 1, ':')
}

fn is_punct(tokens: &[TokenTree], at: usize, char: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}
