//! The resolver finds uses in every syntactic form of a path.

use crate::{analyze, no_paths};
use ops_layers::{Workspace, file_cycles};

/// Returns the uses in files whose path ends with `file`, as `line path -> target`.
pub(crate) fn uses(workspace: &Workspace, file: &str) -> Vec<String> {
    let of_file = workspace.uses.iter().filter(|used| used.file.ends_with(file) && used.file != used.target);
    of_file.filter(|used| used.is_item).map(|used| format!("{} {} -> {}", used.line, used.path, used.target)).collect()
}

#[test]
fn resolves_groups_renames_and_nested_self_in_use_items() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y;"),
        ("a/x.rs", "pub struct X; pub fn f() {} pub mod deep { pub struct D; }"),
        ("a/y.rs", "use crate::x::{self, X as Y, deep::{self as d, D}};\nfn g(_: Y, _: d::D, _: D) { x::f() }"),
    ]);
    let expected = [
        "1 crate::x::X -> a/x.rs",
        "1 crate::x::deep::D -> a/x.rs",
        "2 D -> a/x.rs",
        "2 Y -> a/x.rs",
        "2 d::D -> a/x.rs",
        "2 x::f -> a/x.rs",
    ];
    assert_eq!(uses(&workspace, "y.rs"), expected);
}

#[test]
fn reexports_resolve_to_the_definition_and_are_not_edges() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y;"),
        ("a/x/mod.rs", "mod inner;\npub use inner::X;"),
        ("a/x/inner.rs", "pub struct X;\nuse crate::y::Y;\nfn f(_: Y) {}"),
        ("a/y.rs", "pub struct Y; fn f(_: crate::x::X) {}"),
    ]);
    assert_eq!(uses(&workspace, "y.rs"), ["1 crate::x::X -> a/x/inner.rs"]);
    let cycles = file_cycles(&workspace);
    assert_eq!(cycles.len(), 1);
    assert_eq!(cycles[0].members, ["a/x/inner.rs", "a/y.rs"]);
}

#[test]
fn use_of_a_reexport_in_its_own_file_is_an_edge() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x;"),
        ("a/x/mod.rs", "mod inner;\npub(crate) use inner::f;\npub struct S;\nfn g() { f() }"),
        ("a/x/inner.rs", "pub fn f() -> Option<super::S> { None }"),
    ]);
    assert_eq!(file_cycles(&workspace)[0].members, ["a/x/inner.rs", "a/x/mod.rs"]);
}

#[test]
fn globs_import_visible_names_and_are_shadowed_by_explicit_names() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y; mod z;"),
        ("a/x.rs", "pub struct X; struct Private; pub struct Both;"),
        ("a/y.rs", "use crate::x::*;\nstruct Both;\nfn f(_: X, _: Private, _: Both) {}"),
        ("a/z.rs", "pub use crate::x::*;\nfn f(_: crate::z::X) {}"),
    ]);
    assert_eq!(uses(&workspace, "y.rs"), ["3 X -> a/x.rs"]);
    assert_eq!(uses(&workspace, "z.rs"), ["2 crate::z::X -> a/x.rs"]);
}

#[test]
fn resolves_globs_of_enums_and_of_the_parent_module() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y;"),
        ("a/x.rs", "pub enum Kind { One, Two }"),
        ("a/y/mod.rs", "mod z; use crate::x::Kind; struct S;"),
        ("a/y/z.rs", "use super::*;\nfn f(_: S) -> Kind { use Kind::*;\n One }"),
    ]);
    assert_eq!(
        uses(&workspace, "z.rs"),
        ["2 Kind -> a/x.rs", "2 Kind::* -> a/x.rs", "2 S -> a/y/mod.rs", "3 One -> a/x.rs"]
    );
}

#[test]
fn distinguishes_modules_and_functions_of_the_same_name() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y;"),
        ("a/x/mod.rs", "mod attr; pub use attr::attr;"),
        ("a/x/attr.rs", "pub fn attr() {}"),
        ("a/y.rs", "use crate::x::attr; fn f() { attr() }"),
    ]);
    assert_eq!(uses(&workspace, "y.rs"), ["1 attr -> a/x/attr.rs", "1 crate::x::attr -> a/x/attr.rs"]);
}

#[test]
fn ignores_local_variables_and_generic_parameters() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y;"),
        ("a/x.rs", "pub fn value() {} pub struct T;"),
        ("a/y.rs", "pub use crate::x::{T, value};\nfn f<T>(value: T) -> T { assert!(g(value)); value }"),
    ]);
    assert_eq!(uses(&workspace, "y.rs"), ["1 crate::x::T -> a/x.rs", "1 crate::x::value -> a/x.rs"]);
}

#[test]
fn follows_inline_modules_and_path_attributes() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod inline { pub mod child; pub struct I; }\n#[path = \"other/name.rs\"] mod renamed;"),
        ("a/inline/child.rs", "pub struct C; fn f(_: super::I) {}"),
        ("a/other/name.rs", "mod deeper; fn f(_: crate::inline::child::C) {}"),
        ("a/other/deeper.rs", "fn f(_: super::super::inline::I) {}"),
    ]);
    assert_eq!(uses(&workspace, "child.rs"), ["1 super::I -> a/lib.rs"]);
    assert_eq!(uses(&workspace, "name.rs"), ["1 crate::inline::child::C -> a/inline/child.rs"]);
    assert_eq!(uses(&workspace, "deeper.rs"), ["1 super::super::inline::I -> a/lib.rs"]);
}

#[test]
fn ignores_test_code() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; #[cfg(test)] mod tests; #[cfg(all(test, unix))] mod more; mod y;"),
        ("a/x.rs", "pub struct X;"),
        ("a/tests.rs", "this is never parsed"),
        (
            "a/y.rs",
            "#[cfg(test)] use crate::x::X;\n#[cfg(test)] mod tests { use crate::x::X; }\n#[test] fn t(_: crate::x::X) {}
            struct S { #[cfg(test)] f: crate::x::X }\nimpl S { #[cfg(test)] fn f(_: crate::x::X) {} }",
        ),
    ]);
    assert_eq!(uses(&workspace, "y.rs"), no_paths());
}

#[test]
fn includes_code_for_features_and_fuzzing() {
    let text = "#[cfg(feature = \"f\")] use crate::x::X;\n#[cfg(any(test, fuzzing))] fn f(_: crate::x::X) {}";
    let text = format!("{text}\n#[cfg(not(test))] fn g(_: crate::x::X) {{}}");
    let workspace = analyze(&[("a/lib.rs", "mod x; mod y;"), ("a/x.rs", "pub struct X;"), ("a/y.rs", &text)]);
    let lines = uses(&workspace, "y.rs");
    assert_eq!(lines.iter().map(|line| &line[..1]).collect::<String>(), "123");
}

#[test]
fn finds_paths_in_macro_tokens() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y; mod z;"),
        ("a/x.rs", "pub struct X; pub fn name() {} pub const LIMIT: u8 = 0; pub enum E { V }"),
        (
            "a/y.rs",
            "fn f() { vec![super::x::X];\nassert!(crate::x::LIMIT == 0);\nmatches!(e, crate::x::E::V if e.name);\n}
            pin_project! { struct S { name: u8 } }\nmacro_rules! m { ($name:ident) => {\n$crate::x::{X, E};\n$name::X } }",
        ),
        ("a/z.rs", "pub use crate::x::*;\nfn f() { println!(\"{}\", name()); foo!(a.name(), #name::X, X) }"),
    ]);
    let expected = [
        "1 super::x::X -> a/x.rs",
        "2 crate::x::LIMIT -> a/x.rs",
        "3 crate::x::E::V -> a/x.rs",
        "7 crate::x::E -> a/x.rs",
        "7 crate::x::X -> a/x.rs",
    ];
    assert_eq!(uses(&workspace, "y.rs"), expected);
    assert_eq!(uses(&workspace, "z.rs"), ["2 X -> a/x.rs", "2 name -> a/x.rs"]);
}

#[test]
fn ignores_tokens_of_quote_macros() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y;"),
        ("a/x.rs", "pub struct X;"),
        ("a/y.rs", "fn f() { quote!(crate::x::X); ::quote::quote_spanned!(s=> crate::x::X) }"),
    ]);
    assert_eq!(uses(&workspace, "y.rs"), no_paths());
}

#[test]
fn resolves_macros_by_path_and_by_textual_scope() {
    let workspace = analyze(&[
        ("a/lib.rs", "#[macro_use] mod x; mod y; mod w;"),
        ("a/x.rs", "macro_rules! local { () => {} }\n#[macro_export] macro_rules! exported { () => {} }"),
        ("a/w.rs", "macro_rules! reexported { () => {} }\npub(crate) use reexported;"),
        ("a/y.rs", "local!();\ncrate::exported!();\ncrate::w::reexported!();\nuse crate::w::reexported as r;\nr!();"),
    ]);
    let expected = [
        "1 local -> a/x.rs",
        "2 crate::exported -> a/x.rs",
        "3 crate::w::reexported -> a/w.rs",
        "4 crate::w::reexported -> a/w.rs",
        "5 r -> a/w.rs",
    ];
    assert_eq!(uses(&workspace, "y.rs"), expected);
}

#[test]
fn resolves_items_of_macro_invocations_and_of_blocks() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y;"),
        ("a/x.rs", "thread_local! { pub static CELL: u8 = 0; }\n#[slice] pub static ALL: [u8];"),
        (
            "a/y.rs",
            "use super::x::{ALL, CELL};\nfn f() { struct ALL; use crate::x as z; ALL;\nz::CELL }\nfn g() { ALL }",
        ),
    ]);
    let expected =
        ["1 super::x::ALL -> a/x.rs", "1 super::x::CELL -> a/x.rs", "3 z::CELL -> a/x.rs", "4 ALL -> a/x.rs"];
    assert_eq!(uses(&workspace, "y.rs"), expected);
}

#[test]
fn reports_unresolved_paths() {
    let workspace =
        analyze(&[("a/lib.rs", "mod y;"), ("a/y.rs", "use std::vec::Vec;\nuse crate::gone::X;\nfn f(_: Vec<X>) {}")]);
    assert_eq!(workspace.unresolved, ["a/y.rs:2: `crate::gone::X`"]);
}
