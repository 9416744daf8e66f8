//! The paths that a `use` item imports.

use crate::tree::Path;
use syn::{ItemUse, UseTree};

/// One path of a `use` item.
pub(crate) struct Import {
    pub(crate) path: Path,
    /// Name that the import binds, or `None` for a glob. `_` for an unnamed trait import.
    pub(crate) name: Option<String>,
}

/// Returns each path that `item` imports.
pub(crate) fn of(item: &ItemUse) -> Vec<Import> {
    let mut imports = Vec::new();
    flatten(&item.tree, item.leading_colon.is_some(), &[], &mut imports);
    imports
}

fn flatten(tree: &UseTree, is_global: bool, prefix: &[String], imports: &mut Vec<Import>) {
    let extended = |ident: &syn::Ident| [prefix, &[plain(ident)]].concat();
    match tree {
        UseTree::Path(path) => flatten(&path.tree, is_global, &extended(&path.ident), imports),
        UseTree::Name(name) => {
            // `use a::{self}` imports `a`.
            let segments =
                if name.ident == "self" && !prefix.is_empty() { prefix.to_vec() } else { extended(&name.ident) };
            let bound = segments.last().cloned();
            imports.push(Import { path: path(is_global, segments, &name.ident), name: bound });
        }
        UseTree::Rename(rename) => {
            let is_self = rename.ident == "self" && !prefix.is_empty();
            let segments = if is_self { prefix.to_vec() } else { extended(&rename.ident) };
            let bound = Some(plain(&rename.rename));
            imports.push(Import { path: path(is_global, segments, &rename.ident), name: bound });
        }
        UseTree::Glob(glob) => {
            let line = glob.star_token.span.start().line;
            imports.push(Import { path: Path { is_global, segments: prefix.to_vec(), line }, name: None });
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, is_global, prefix, imports)),
    }
}

fn path(is_global: bool, segments: Vec<String>, last: &syn::Ident) -> Path {
    Path { is_global, segments, line: last.span().start().line }
}

/// Returns an identifier without the raw prefix `r#`.
pub(crate) fn plain(ident: &syn::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}
