//! Adds the attributes to the functions of a source file.

use std::fs;
use std::io;
use std::path::Path;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, ItemFn, Signature, TraitItemFn, Visibility};

const ATTRIBUTES: &str = "#[::ops::metric] #[::ops::instrument_span] ";

/// Annotates the functions in `file`, keeping line numbers. Returns the number of annotated functions.
pub(crate) fn file(file: &Path) -> io::Result<usize> {
    let source = fs::read_to_string(file)?;
    let (annotated, functions) = annotated(&source);
    fs::write(file, annotated)?;
    Ok(functions)
}

/// Returns `source` with annotated functions, and their number.
///
/// Source that does not parse, such as a fragment for `include!`, is returned unchanged.
fn annotated(source: &str) -> (String, usize) {
    let Ok(parsed) = syn::parse_file(source) else { return (source.to_owned(), 0) };
    let mut functions = Functions { starts: Vec::new() };
    functions.visit_file(&parsed);
    // `syn` strips a byte order mark before it assigns byte offsets.
    let skipped = source.len() - source.strip_prefix('\u{feff}').unwrap_or(source).len();
    let mut written = String::with_capacity(source.len() + functions.starts.len() * ATTRIBUTES.len());
    let mut rest = source;
    let mut at = 0;
    functions.starts.sort_unstable();
    for start in functions.starts.iter().map(|start| start + skipped) {
        let (before, after) = rest.split_at(start - at);
        written.push_str(before);
        written.push_str(ATTRIBUTES);
        (rest, at) = (after, start);
    }
    written.push_str(rest);
    (written, functions.starts.len())
}

/// Collects the byte offset of each function, after its attributes.
struct Functions {
    starts: Vec<usize>,
}

impl Functions {
    fn add(&mut self, attributes: &[Attribute], visibility: Option<&Visibility>, signature: &Signature) {
        let is_test = |attribute: &Attribute| {
            attribute.path().segments.last().is_some_and(|last| last.ident == "test" || last.ident == "main")
        };
        let is_skipped = signature.constness.is_some()
            || signature.variadic.is_some()
            || signature.ident == "main"
            || attributes.iter().any(|attribute| is_test(attribute) || attribute.path().is_ident("proc_macro"));
        if is_skipped {
            return;
        }
        let start = match visibility {
            None | Some(Visibility::Inherited) => signature.span(),
            Some(visibility) => visibility.span(),
        };
        self.starts.push(start.byte_range().start);
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.add(&function.attrs, Some(&function.vis), &function.sig);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.add(&function.attrs, Some(&function.vis), &function.sig);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if function.default.is_some() {
            self.add(&function.attrs, None, &function.sig);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Annotates `source`, with `@` for the attributes.
    fn marked(source: &str) -> String {
        annotated(source).0.replace(ATTRIBUTES, "@")
    }

    #[test]
    fn annotates_functions_methods_and_nested_functions() {
        let source = "/// Doc.\n#[inline]\npub(crate) async fn a() { fn b() {} }\nimpl A { fn c(&self) {} }\n\
            trait B { fn d(&self) {} fn e(&self); }\nmod f { unsafe extern \"C\" fn g() {} }";
        let expected = "/// Doc.\n#[inline]\n@pub(crate) async fn a() { @fn b() {} }\nimpl A { @fn c(&self) {} }\n\
            trait B { @fn d(&self) {} fn e(&self); }\nmod f { @unsafe extern \"C\" fn g() {} }";
        assert_eq!((marked(source), annotated(source).1), (expected.to_owned(), 5));
    }

    #[test]
    fn skips_unsupported_functions() {
        for source in [
            "const fn a() {}",
            "fn main() {}",
            "#[test] fn a() {}",
            "#[tokio::test] async fn a() {}",
            "unsafe extern \"C\" fn a(_: ...) {}",
            "macro_rules! a { () => { fn b() {} } }",
            "extern \"C\" { fn a(); }",
            "half a file",
        ] {
            assert_eq!(annotated(source), (source.to_owned(), 0));
        }
    }

    #[test]
    fn byte_order_mark_does_not_shift_offsets() {
        assert_eq!(marked("\u{feff}// ä\nfn a() {}"), "\u{feff}// ä\n@fn a() {}");
    }
}
