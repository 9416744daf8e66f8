//! Each rule reports violations with their location.

use crate::resolver::uses;
use crate::{analyze, no_paths};
use ops_layers::{
    LayerTable, Manifest, crate_violations, file_cycles, folder_cycles, hidden_uses, layer_violations, suggest_table,
};

#[test]
fn resolves_paths_into_other_crates_through_reexports() {
    let workspace = analyze(&[
        ("core/lib.rs", "pub mod metric;"),
        ("core/metric.rs", "pub struct Counter; pub fn new() {}"),
        ("top/lib.rs", "extern crate self as top; pub use core::metric; mod y; mod z;"),
        ("top/y.rs", "use crate::metric::Counter;\nfn f() { top::metric::new(); ::core::metric::new() }"),
        ("top/z.rs", "fn f(_: top::metric::Counter) {}"),
    ]);
    let expected = [
        "1 crate::metric::Counter -> core/metric.rs",
        "2 ::core::metric::new -> core/metric.rs",
        "2 top::metric::new -> core/metric.rs",
    ];
    assert_eq!(uses(&workspace, "y.rs"), expected);
    let manifests = [
        Manifest::parse("package.name = 'core'\ndev-dependencies.top = '1'").unwrap(),
        Manifest::parse("package.name = 'top'\ntarget.'cfg(unix)'.dependencies.renamed = { package = 'core' }")
            .unwrap(),
    ];
    assert_eq!(crate_violations(&workspace, &manifests, &[("core", &[]), ("top", &["core"])]), no_paths());
    let violations = crate_violations(&workspace, &manifests, &[("core", &[]), ("top", &[])]);
    assert_eq!(violations[0], "the manifest of top depends on core");
    assert!(violations.contains(&"top/z.rs:1 uses `top::metric::Counter` of core/metric.rs".to_owned()));
}

#[test]
fn path_through_a_reexport_depends_only_on_the_named_crate() {
    let workspace = analyze(&[
        ("macros/lib.rs", "#[proc_macro_attribute] pub fn metric() {}"),
        ("core/lib.rs", "pub use macros::metric; pub mod metric;"),
        ("core/metric.rs", "pub struct Counter;"),
        ("top/lib.rs", "pub use core::metric::*;\nuse core::metric;\n#[metric] static C: Counter = Counter;"),
    ]);
    let expected = ["2 core::metric -> macros/lib.rs", "3 Counter -> core/metric.rs", "3 metric -> macros/lib.rs"];
    assert_eq!(uses(&workspace, "top/lib.rs"), expected);
    let allowed: &[(&str, &[&str])] = &[("macros", &[]), ("core", &["macros"]), ("top", &["core"])];
    assert_eq!(crate_violations(&workspace, &[], allowed), no_paths());
}

#[test]
fn reports_uses_of_hidden_items_of_another_crate() {
    let workspace = analyze(&[
        (
            "core/lib.rs",
            "#[doc(hidden)] pub mod __private { pub struct P; }\npub mod m;\n#[doc(hidden)] pub use m::Seen as Hidden;",
        ),
        (
            "core/m.rs",
            "pub struct Seen; impl Seen { #[doc(hidden)] pub fn raw() {} pub fn new() {} }\n#[doc(hidden)] pub struct H;
            fn inside(_: H) { Seen::raw() }",
        ),
        ("top/lib.rs", "pub use core::__private;\npub use core::m;\nmod y;"),
        ("top/y.rs", "use core::Hidden;\nuse crate::__private::P;\nfn f(_: core::m::H) {\nm::Seen::new();\ncore::m::Seen::raw() }"),
    ]);
    let expected =
        ["1 uses `core::Hidden`", "2 uses `crate::__private::P`", "3 uses `core::m::H`", "5 uses `core::m::Seen::raw`"];
    let found = hidden_uses(&workspace, "top");
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert!(
        found.iter().zip(expected).all(|(found, expected)| found.contains(&format!("top/y.rs:{expected}"))),
        "{found:?}"
    );
    assert_eq!(hidden_uses(&workspace, "core"), no_paths());
}

#[test]
fn cycles_list_the_uses_of_each_edge() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y; mod z;"),
        ("a/x.rs", "pub struct X(crate::y::Y);"),
        ("a/y.rs", "use crate::z::Z;\npub struct Y(Z);"),
        ("a/z.rs", "pub struct Z(Box<crate::x::X>);\nfn f(_: crate::y::Y) {}"),
    ]);
    let cycles = file_cycles(&workspace);
    let expected = "\
cycle of 3: a/x.rs, a/y.rs, a/z.rs
  a/x.rs -> a/y.rs
    a/x.rs:1 uses `crate::y::Y` of a/y.rs
  a/y.rs -> a/z.rs
    a/y.rs:1 uses `crate::z::Z` of a/z.rs
  a/z.rs -> a/x.rs
    a/z.rs:1 uses `crate::x::X` of a/x.rs
  a/z.rs -> a/y.rs
    a/z.rs:2 uses `crate::y::Y` of a/y.rs
";
    assert_eq!(cycles.iter().map(ToString::to_string).collect::<String>(), expected);
    assert_eq!(folder_cycles(&workspace), []);
}

#[test]
fn detects_folder_cycles_without_file_cycles() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod admin;"),
        ("a/admin/mod.rs", "mod http; mod routes; mod context;"),
        ("a/admin/routes.rs", "use super::http::body::Body; fn f(_: Body) {}"),
        ("a/admin/context.rs", "pub struct Context;"),
        ("a/admin/http/mod.rs", "pub mod body;"),
        ("a/admin/http/body.rs", "pub struct Body(crate::admin::context::Context);"),
    ]);
    assert_eq!(file_cycles(&workspace), []);
    assert_eq!(folder_cycles(&workspace)[0].members, ["a/admin", "a/admin/http"]);
}

#[test]
fn reports_violations_of_layer_tables() {
    let workspace = analyze(&[
        ("a/lib.rs", "mod x; mod y; mod z; pub struct Root;"),
        ("a/x.rs", "pub struct X;"),
        ("a/y/mod.rs", "mod inner; pub struct Y;"),
        ("a/y/inner.rs", "use crate::x::X; use crate::Root; fn f(_: X, _: super::Y) {}"),
        ("a/z.rs", "pub use crate::y::Y;"),
    ]);
    let violations = |table: &str| layer_violations(&workspace, &LayerTable::parse(table)[0]);
    let root = "a/y/inner.rs:1 uses `crate::Root` of a/lib.rs: modules must not use items of the crate root";
    assert_eq!(suggest_table(&workspace, "a"), "```layers a\nx\ny\nz\n```\n");
    assert_eq!(violations("text\n```layers a\nx  the x · of all\ny   why\nz\n```\nmore"), [root]);
    let found = violations("```layers a\nx · y  both\ngone\nx\n```");
    assert_eq!(
        found[..3],
        [
            "module `z` of a is missing from the table",
            "the table of a lists `gone`, which does not exist",
            "the table of a lists `x` twice"
        ]
    );
    assert!(found.iter().any(|line| line.ends_with("`x` is not in an earlier row than `y`")), "{found:?}");
}
