//! The doc comment of an item, as one line.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The lines of the doc comment, joined by single spaces.
pub(crate) fn help(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(line).collect::<Vec<_>>();
    lines
        .iter()
        .flat_map(|line| line.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
