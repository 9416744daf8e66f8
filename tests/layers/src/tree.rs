//! Module tree of all crates, with the names that each module binds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::BitOr;

/// Index of a crate in [`Tree::crates`].
pub(crate) type CrateId = usize;
/// Index of a module in [`Tree::modules`].
pub(crate) type ModuleId = usize;
/// Index of an item in [`Tree::items`].
pub(crate) type ItemId = usize;

/// A set of namespaces: types, values and macros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Namespaces(u8);

impl Namespaces {
    pub(crate) const TYPES: Self = Namespaces(1);
    pub(crate) const VALUES: Self = Namespaces(2);
    pub(crate) const MACROS: Self = Namespaces(4);
    pub(crate) const ALL: Self = Namespaces(7);

    pub(crate) fn intersect(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Namespaces {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Namespaces(self.0 | other.0)
    }
}

/// All crates, modules and items.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) crates: Vec<Crate>,
    pub(crate) modules: Vec<Module>,
    pub(crate) items: Vec<Definition>,
}

pub(crate) struct Crate {
    /// Name in paths, such as `ops_core`.
    pub(crate) name: String,
    pub(crate) root: ModuleId,
}

/// A module, or a block that contains items.
pub(crate) struct Module {
    pub(crate) krate: CrateId,
    pub(crate) parent: Option<ModuleId>,
    /// `true` for a block, in which the names of the enclosing scopes are visible.
    pub(crate) is_block: bool,
    pub(crate) name: String,
    pub(crate) file: String,
    /// Folder of the files of child modules.
    pub(crate) folder: String,
    pub(crate) bindings: BTreeMap<String, Vec<Binding>>,
    pub(crate) globs: Vec<Glob>,
    /// Identifiers in item-position macro invocations, any of which may name a generated item.
    pub(crate) generated: BTreeSet<String>,
    /// Item that the names in `generated` resolve to.
    pub(crate) generated_item: Option<ItemId>,
    pub(crate) syntax: Vec<syn::Item>,
}

/// A name bound in a module.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) namespaces: Namespaces,
    /// Module in which the name is visible, including its descendants, or `None` for `pub`.
    pub(crate) visible_in: Option<ModuleId>,
    pub(crate) hidden: bool,
    pub(crate) target: Target,
}

#[derive(Clone, Debug)]
pub(crate) enum Target {
    Item(ItemId),
    Module(ModuleId),
    Import(Path),
}

/// A glob import.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    pub(crate) path: Path,
    pub(crate) visible_in: Option<ModuleId>,
}

/// A path, as written, without generic arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// `true` if the path starts with `::`.
    pub(crate) is_global: bool,
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

impl Path {
    /// Returns `true` if the path starts with `crate`, `self` or `super`, and so must resolve.
    pub(crate) fn is_anchored(&self) -> bool {
        !self.is_global && matches!(self.segments.first().map(String::as_str), Some("crate" | "self" | "super"))
    }
}

/// An item definition.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) module: ModuleId,
    pub(crate) hidden: bool,
    pub(crate) variants: BTreeSet<String>,
    /// Members with `#[doc(hidden)]`: associated items and variants.
    pub(crate) hidden_members: BTreeSet<String>,
}

impl Tree {
    /// Returns the innermost module that contains `module`, which may be a block.
    pub(crate) fn nearest_module(&self, mut module: ModuleId) -> ModuleId {
        while self.modules[module].is_block {
            module = self.modules[module].parent.unwrap_or(module);
        }
        module
    }

    pub(crate) fn is_within(&self, module: ModuleId, ancestor: ModuleId) -> bool {
        self.ancestors(module).any(|candidate| candidate == ancestor)
    }

    /// Returns `module` and its ancestors, up to the crate root.
    pub(crate) fn ancestors(&self, module: ModuleId) -> impl Iterator<Item = ModuleId> + '_ {
        std::iter::successors(Some(module), |module| self.modules[*module].parent)
    }

    /// Returns the name of the top-level module that contains `module`.
    pub(crate) fn top_level(&self, module: ModuleId) -> Option<&str> {
        let mut names = self.ancestors(module).filter(|module| !self.modules[*module].is_block);
        let (mut top, mut last) = (None, names.next()?);
        for next in names {
            top = Some(last);
            last = next;
        }
        top.map(|module| self.modules[module].name.as_str())
    }

    pub(crate) fn crate_named(&self, name: &str) -> Option<CrateId> {
        self.crates.iter().position(|candidate| candidate.name == name)
    }
}
