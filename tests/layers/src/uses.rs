//! Collects and resolves every path in the source.

use crate::attributes;
use crate::declare;
use crate::imports;
use crate::resolve::{Entity, Found, Resolver};
use crate::tokens;
use crate::tree::{ModuleId, Namespaces, Path, Tree};
use std::collections::BTreeSet;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Item, ItemUse, Macro, Stmt, Visibility};

/// Kind of a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UseKind {
    /// A path in an expression, type, pattern, attribute or macro.
    Path,
    /// A private `use`.
    Import,
    /// A `pub use`, including `pub(crate)` and other restrictions.
    Reexport,
}

/// A path with one entity that it resolves to.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) module: ModuleId,
    pub(crate) line: usize,
    pub(crate) path: String,
    pub(crate) kind: UseKind,
    pub(crate) found: Found,
}

/// A path into a workspace crate that does not resolve.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unresolved {
    pub(crate) module: ModuleId,
    pub(crate) line: usize,
    pub(crate) path: String,
}

/// Built-in attributes, which never name an item of the workspace.
const BUILT_IN: &[&str] =
    &["allow", "cfg", "cold", "deny", "deprecated", "doc", "expect", "inline", "must_use", "path", "repr", "warn"];

/// Quoting macros, whose tokens are code for another crate.
const QUOTING: &[&str] = &["parse_quote", "parse_quote_spanned", "quote", "quote_spanned"];

/// Collects the references in all modules of `tree`. Adds blocks that contain items to the tree.
pub(crate) fn collect(tree: &mut Tree) -> (BTreeSet<Reference>, BTreeSet<Unresolved>) {
    let (mut references, mut unresolved) = (BTreeSet::new(), BTreeSet::new());
    for module in 0..tree.modules.len() {
        let items = std::mem::take(&mut tree.modules[module].syntax);
        let mut collector = Collector { tree, module, bound: BTreeSet::new(), references, unresolved };
        items.iter().for_each(|item| collector.visit_item(item));
        Collector { references, unresolved, .. } = collector;
    }
    (references, unresolved)
}

struct Collector<'a> {
    tree: &'a mut Tree,
    module: ModuleId,
    /// Local variables and generic parameters of the visited item, which shadow item names.
    bound: BTreeSet<String>,
    references: BTreeSet<Reference>,
    unresolved: BTreeSet<Unresolved>,
}

impl Collector<'_> {
    fn record(&mut self, path: &Path, namespaces: Namespaces, kind: UseKind) {
        self.record_as(path, &display(path), namespaces, kind);
    }

    /// Records a path that is displayed as `shown`.
    fn record_as(&mut self, path: &Path, shown: &str, namespaces: Namespaces, kind: UseKind) {
        if let [name] = path.segments.as_slice()
            && self.bound.contains(name)
            && !path.is_global
        {
            return;
        }
        let found = Resolver::new(self.tree).resolve(self.module, path, namespaces);
        if found.is_empty() && path.is_anchored() {
            self.unresolved.insert(Unresolved { module: self.module, line: path.line, path: shown.to_owned() });
        }
        for found in found.into_iter().filter(|found| found.entity != Entity::External) {
            let (module, line, path) = (self.module, path.line, shown.to_owned());
            self.references.insert(Reference { module, line, path, kind, found });
        }
    }

    fn record_use(&mut self, item: &ItemUse) {
        let kind = if matches!(item.vis, Visibility::Inherited) { UseKind::Import } else { UseKind::Reexport };
        for import in imports::of(item) {
            let (suffix, namespaces) = match import.name {
                Some(_) => ("", Namespaces::ALL),
                None => ("::*", Namespaces::TYPES),
            };
            self.record_as(&import.path, &(display(&import.path) + suffix), namespaces, kind);
        }
    }

    fn record_tokens(&mut self, tokens: proc_macro2::TokenStream, is_template: bool) {
        for path in tokens::paths(tokens) {
            // `super` in a macro definition is relative to the invocation.
            if is_template && path.path.segments[0] == "super" {
                continue;
            }
            self.record(&path.path, path.namespaces, UseKind::Path);
        }
    }

    fn path(&self, path: &syn::Path) -> Path {
        let segments: Vec<String> = path.segments.iter().map(|segment| imports::plain(&segment.ident)).collect();
        let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
        Path { is_global: path.leading_colon.is_some(), segments, line }
    }

    fn record_path(&mut self, path: &syn::Path, namespaces: Namespaces) {
        let plain = self.path(path);
        self.record(&plain, namespaces, UseKind::Path);
        // Visits generic arguments.
        visit::visit_path(self, path);
    }

    /// Runs `visit` with the names that `binds` adds to those of the enclosing scope.
    fn with_bound(&mut self, binds: impl FnOnce(&mut Bound), visit: impl FnOnce(&mut Self)) {
        let mut bound = Bound(self.bound.clone());
        binds(&mut bound);
        let outer = std::mem::replace(&mut self.bound, bound.0);
        visit(self);
        self.bound = outer;
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes::is_test(attributes::of_item(item)) {
            return;
        }
        match item {
            Item::Use(item) => self.record_use(item),
            Item::Macro(item) if item.ident.is_some() => self.record_tokens(item.mac.tokens.clone(), true),
            Item::Verbatim(tokens) => self.record_tokens(tokens.clone(), false),
            item => self.with_bound(|bound| bound.visit_item(item), |this| visit::visit_item(this, item)),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !attributes::is_test(attributes) {
            self.with_bound(|bound| bound.enter_impl_item(item), |this| visit::visit_impl_item(this, item));
        }
    }

    fn visit_trait_item(&mut self, item: &'ast syn::TraitItem) {
        self.with_bound(|bound| bound.enter_trait_item(item), |this| visit::visit_trait_item(this, item));
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !attributes::is_test(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if !attributes::is_test(&field.attrs) {
            visit::visit_field_value(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !attributes::is_test(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if !attributes::is_test(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !attributes::is_test(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let items = block.stmts.iter().filter_map(|statement| match statement {
            Stmt::Item(item) => Some(item.clone()),
            _ => None,
        });
        let items: Vec<Item> = items.collect();
        if items.is_empty() {
            return visit::visit_block(self, block);
        }
        let outer = self.module;
        self.module = declare::add_block(self.tree, outer, items);
        visit::visit_block(self, block);
        self.module = outer;
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let path = self.path(attribute.path());
        if BUILT_IN.contains(&path.segments[0].as_str()) {
            return;
        }
        self.record(&path, Namespaces::MACROS, UseKind::Path);
        if let syn::Meta::List(list) = &attribute.meta {
            let is_derive = path.segments == ["derive"];
            for path in tokens::paths(list.tokens.clone()) {
                let namespaces = if is_derive { Namespaces::MACROS } else { path.namespaces };
                self.record(&path.path, namespaces, UseKind::Path);
            }
            tokens::path_literals(&list.tokens)
                .iter()
                .for_each(|path| self.record(path, Namespaces::ALL, UseKind::Path));
        }
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        let path = self.path(&node.path);
        let is_quoting = path.segments.last().is_some_and(|name| QUOTING.contains(&name.as_str()));
        self.record(&path, Namespaces::MACROS, UseKind::Path);
        if !is_quoting {
            self.record_tokens(node.tokens.clone(), false);
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_expr_path(&mut self, node: &'ast syn::ExprPath) {
        node.attrs.iter().for_each(|attribute| self.visit_attribute(attribute));
        if let Some(qself) = &node.qself {
            self.visit_qself(qself);
        }
        let namespaces = if node.qself.is_some() { Namespaces::TYPES } else { Namespaces::VALUES };
        self.record_path(&node.path, namespaces);
    }

    fn visit_pat_ident(&mut self, node: &'ast syn::PatIdent) {
        // An uppercase pattern may name a constant or a unit struct.
        if node.subpat.is_none() && starts_uppercase(&imports::plain(&node.ident)) {
            let path = self.path(&node.ident.clone().into());
            self.record(&path, Namespaces::VALUES, UseKind::Path);
        }
        visit::visit_pat_ident(self, node);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.record_path(path, Namespaces::TYPES | Namespaces::VALUES);
    }

    fn visit_type_path(&mut self, node: &'ast syn::TypePath) {
        if let Some(qself) = &node.qself {
            self.visit_qself(qself);
        }
        self.record_path(&node.path, Namespaces::TYPES);
    }
}

/// Collects the names bound by patterns and generic parameters.
struct Bound(BTreeSet<String>);

impl Bound {
    fn enter_impl_item(&mut self, item: &syn::ImplItem) {
        visit::visit_impl_item(self, item);
    }

    fn enter_trait_item(&mut self, item: &syn::TraitItem) {
        visit::visit_trait_item(self, item);
    }
}

impl<'ast> Visit<'ast> for Bound {
    /// Skips associated items, whose bindings are local to them.
    fn visit_impl_item(&mut self, _: &'ast syn::ImplItem) {}

    fn visit_trait_item(&mut self, _: &'ast syn::TraitItem) {}

    fn visit_pat_ident(&mut self, node: &'ast syn::PatIdent) {
        let name = imports::plain(&node.ident);
        if !starts_uppercase(&name) {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, node);
    }

    fn visit_type_param(&mut self, node: &'ast syn::TypeParam) {
        self.0.insert(imports::plain(&node.ident));
        visit::visit_type_param(self, node);
    }

    fn visit_const_param(&mut self, node: &'ast syn::ConstParam) {
        self.0.insert(imports::plain(&node.ident));
        visit::visit_const_param(self, node);
    }
}

pub(crate) fn starts_uppercase(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|first: char| first.is_uppercase())
}

fn display(path: &Path) -> String {
    let global = if path.is_global { "::" } else { "" };
    format!("{global}{}", path.segments.join("::"))
}
