//! Name resolution: from paths to items, through imports and re-exports.

use crate::tree::{Binding, CrateId, ItemId, ModuleId, Namespaces, Path, Target, Tree};
use std::cell::RefCell;

/// The target of a resolved path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entity {
    Item(ItemId),
    Module(ModuleId),
    /// An item or module of a third-party crate.
    External,
}

/// A resolved entity, with properties of the path to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) entity: Entity,
    /// `true` if a name on the path is `#[doc(hidden)]` in another crate.
    pub(crate) hidden: bool,
    /// First other crate on the path, which may re-export the item of a third one.
    pub(crate) via: Option<CrateId>,
}

impl Found {
    fn plain(entity: Entity) -> Self {
        Found { entity, hidden: false, via: None }
    }

    /// Prepends the properties of the preceding part of the path.
    fn after(self, before: Found) -> Self {
        Found { hidden: self.hidden || before.hidden, via: before.via.or(self.via), ..self }
    }
}

/// Resolves paths in a [`Tree`].
pub(crate) struct Resolver<'a> {
    tree: &'a Tree,
    /// Lookups in progress. A cyclic import resolves to nothing.
    pending: RefCell<Vec<(ModuleId, String, usize, Namespaces)>>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(tree: &'a Tree) -> Self {
        Resolver { tree, pending: RefCell::new(Vec::new()) }
    }

    /// Returns all entities in `namespaces` that `path` may name in the scope of `module`.
    pub(crate) fn resolve(&self, module: ModuleId, path: &Path, namespaces: Namespaces) -> Vec<Found> {
        let (mut found, rest) = self.start(module, path, namespaces);
        for (at, segment) in rest.iter().enumerate() {
            let namespaces = if at + 1 == rest.len() { namespaces } else { Namespaces::TYPES };
            found = found.into_iter().flat_map(|found| self.step(found, segment, namespaces, module)).collect();
            found.sort();
            found.dedup();
        }
        found
    }

    /// Resolves the start of a path. Returns the result and the remaining segments.
    fn start<'p>(&self, module: ModuleId, path: &'p Path, namespaces: Namespaces) -> (Vec<Found>, &'p [String]) {
        let Some((first, mut rest)) = path.segments.split_first() else { return (Vec::new(), &[]) };
        if path.is_global {
            return (self.external(module, first), rest);
        }
        let mut at = self.tree.nearest_module(module);
        match first.as_str() {
            "crate" => return (vec![Found::plain(Entity::Module(self.root(module)))], rest),
            "self" | "super" => {
                if first == "super" {
                    at = self.parent(at);
                }
                while rest.first().is_some_and(|segment| segment == "super") {
                    (at, rest) = (self.parent(at), &rest[1..]);
                }
                return (vec![Found::plain(Entity::Module(at))], rest);
            }
            "Self" => return (Vec::new(), &[]),
            _ => {}
        }
        let namespaces = if rest.is_empty() { namespaces } else { Namespaces::TYPES };
        (self.in_scope(module, first, namespaces), rest)
    }

    /// Looks up an unqualified name in the scope of `module`.
    fn in_scope(&self, module: ModuleId, name: &str, namespaces: Namespaces) -> Vec<Found> {
        let mut found = Vec::new();
        for scope in self.tree.ancestors(module) {
            found = self.lookup(scope, name, namespaces, module);
            if !found.is_empty() || !self.tree.modules[scope].is_block {
                break;
            }
        }
        if found.is_empty() && namespaces.intersect(Namespaces::MACROS) {
            found = self.textual_macro(module, name);
        }
        if found.is_empty() && namespaces.intersect(Namespaces::TYPES) {
            found = self.extern_prelude(module, name);
        }
        found
    }

    /// Looks up a macro by textual scope, which includes descendant modules.
    fn textual_macro(&self, module: ModuleId, name: &str) -> Vec<Found> {
        let macros = self.tree.ancestors(module).flat_map(|scope| {
            let bindings = self.tree.modules[scope].bindings.get(name).map_or(&[][..], Vec::as_slice);
            bindings.iter().filter(|binding| binding.namespaces == Namespaces::MACROS)
        });
        let items = macros.filter_map(|binding| match binding.target {
            Target::Item(item) => Some(Found::plain(Entity::Item(item))),
            _ => None,
        });
        items.take(1).collect()
    }

    fn extern_prelude(&self, module: ModuleId, name: &str) -> Vec<Found> {
        let root = &self.tree.modules[self.root(module)];
        let renamed = root.bindings.get(name).into_iter().flatten().find_map(|binding| match &binding.target {
            Target::Module(target) if self.tree.modules[*target].parent.is_none() => Some(*target),
            _ => None,
        });
        match renamed {
            Some(root) => vec![Found::plain(Entity::Module(root))],
            None => self.external(module, name),
        }
    }

    /// Resolves the crate `name` from `module`.
    fn external(&self, module: ModuleId, name: &str) -> Vec<Found> {
        let Some(krate) = self.tree.crate_named(name) else { return vec![Found::plain(Entity::External)] };
        let via = (krate != self.crate_of(module)).then_some(krate);
        vec![Found { via, ..Found::plain(Entity::Module(self.tree.crates[krate].root)) }]
    }

    fn step(&self, found: Found, segment: &str, namespaces: Namespaces, viewer: ModuleId) -> Vec<Found> {
        let next = match found.entity {
            Entity::Module(module) => self.lookup(module, segment, namespaces, viewer),
            // Associated items and variants resolve to their type.
            Entity::Item(item) => {
                let is_other_crate = self.crate_of(self.tree.items[item].module) != self.crate_of(viewer);
                let hidden = is_other_crate && self.tree.items[item].hidden_members.contains(segment);
                vec![Found { hidden, ..found }]
            }
            Entity::External => vec![found],
        };
        next.into_iter().map(|next| next.after(found)).collect()
    }

    /// Looks up a name in `module`.
    fn lookup(&self, module: ModuleId, name: &str, namespaces: Namespaces, viewer: ModuleId) -> Vec<Found> {
        let mut found = self.explicit(module, name, namespaces, viewer);
        if found.is_empty() {
            found = self.by_globs(module, name, namespaces, viewer);
        }
        let this = &self.tree.modules[module];
        match this.generated_item {
            Some(item) if found.is_empty() && this.generated.contains(name) => {
                vec![Found::plain(Entity::Item(item))]
            }
            _ => found,
        }
    }

    fn explicit(&self, module: ModuleId, name: &str, namespaces: Namespaces, viewer: ModuleId) -> Vec<Found> {
        let bindings = self.tree.modules[module].bindings.get(name).map_or(&[][..], Vec::as_slice);
        let is_other_crate = self.crate_of(module) != self.crate_of(viewer);
        let mut found = Vec::new();
        for (at, binding) in bindings.iter().enumerate() {
            if !binding.namespaces.intersect(namespaces) || is_other_crate && binding.visible_in.is_some() {
                continue;
            }
            let reached = self.follow(module, name, at, binding, namespaces);
            found.extend(reached.into_iter().map(|reached| {
                let item_is_hidden = match reached.entity {
                    Entity::Item(item) => self.tree.items[item].hidden,
                    _ => false,
                };
                let hidden = is_other_crate && (binding.hidden || item_is_hidden);
                Found { hidden: reached.hidden || hidden, ..reached }
            }));
        }
        found
    }

    fn follow(&self, module: ModuleId, name: &str, at: usize, binding: &Binding, namespaces: Namespaces) -> Vec<Found> {
        match &binding.target {
            Target::Item(item) => vec![Found::plain(Entity::Item(*item))],
            Target::Module(module) => vec![Found::plain(Entity::Module(*module))],
            Target::Import(path) => {
                self.guarded((module, name.to_owned(), at, namespaces), || self.resolve(module, path, namespaces))
            }
        }
    }

    fn by_globs(&self, module: ModuleId, name: &str, namespaces: Namespaces, viewer: ModuleId) -> Vec<Found> {
        let mut found = Vec::new();
        for (at, glob) in self.tree.modules[module].globs.iter().enumerate() {
            if !self.sees(viewer, glob.visible_in) {
                continue;
            }
            let key = (module, name.to_owned(), usize::MAX - at, namespaces);
            found.extend(self.guarded(key, || {
                let sources = self.resolve(module, &glob.path, Namespaces::TYPES);
                let names = |source: Found| {
                    let found = self.by_glob(source, module, name, namespaces);
                    found.into_iter().map(move |found| found.after(source))
                };
                sources.into_iter().flat_map(names).collect()
            }));
        }
        found.sort();
        found.dedup();
        found
    }

    /// Looks up a name in the target of a glob import.
    fn by_glob(&self, source: Found, importer: ModuleId, name: &str, namespaces: Namespaces) -> Vec<Found> {
        match source.entity {
            Entity::Module(module) => {
                let bindings = self.tree.modules[module].bindings.get(name).map_or(&[][..], Vec::as_slice);
                let is_explicit = bindings.iter().any(|binding| binding.namespaces.intersect(namespaces));
                if bindings.iter().any(|binding| self.sees(importer, binding.visible_in)) {
                    self.explicit(module, name, namespaces, importer)
                } else if is_explicit {
                    Vec::new()
                } else {
                    self.by_globs(module, name, namespaces, importer)
                }
            }
            Entity::Item(item) if self.tree.items[item].variants.contains(name) => vec![source],
            _ => Vec::new(),
        }
    }

    fn guarded(&self, key: (ModuleId, String, usize, Namespaces), resolve: impl FnOnce() -> Vec<Found>) -> Vec<Found> {
        if self.pending.borrow().contains(&key) {
            return Vec::new();
        }
        self.pending.borrow_mut().push(key);
        let found = resolve();
        self.pending.borrow_mut().pop();
        found
    }

    fn sees(&self, viewer: ModuleId, visible_in: Option<ModuleId>) -> bool {
        visible_in.is_none_or(|ancestor| self.tree.is_within(viewer, ancestor))
    }

    fn parent(&self, module: ModuleId) -> ModuleId {
        self.tree.nearest_module(self.tree.modules[module].parent.unwrap_or(module))
    }

    fn root(&self, module: ModuleId) -> ModuleId {
        self.tree.crates[self.crate_of(module)].root
    }

    fn crate_of(&self, module: ModuleId) -> usize {
        self.tree.modules[module].krate
    }
}
