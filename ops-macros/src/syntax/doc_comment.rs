//! Help text of an item: the option `help`, or the doc comment on one line.

use crate::args::Text;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the value of `help = ".."`, by default the doc comment.
pub(crate) fn help(option: Option<&Text>, attrs: &[Attribute]) -> TokenStream {
    option.map_or_else(|| doc_comment(attrs).to_token_stream(), Text::to_token_stream)
}

/// Returns the lines of the doc comment, joined by single spaces.
pub(crate) fn doc_comment(attrs: &[Attribute]) -> String {
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
