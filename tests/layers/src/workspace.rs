//! Analyzes crates and lists the uses between their files.

use crate::attributes;
use crate::declare;
use crate::imports;
use crate::resolve::{Entity, Resolver};
use crate::source::Sources;
use crate::tree::{ModuleId, Namespaces, Path, Tree};
use crate::uses::{self, Reference, UseKind};
use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use syn::{Item, Type};

/// A crate and its root file.
#[derive(Clone, Debug)]
pub struct CrateSource {
    /// Crate name in paths, such as `ops_core`.
    pub name: String,
    /// Root file, such as `ops-core/src/lib.rs`.
    pub root: String,
}

/// A path to an item or module, with the file that defines it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// File that contains the path.
    pub file: String,
    /// Line of the path, starting at 1.
    pub line: usize,
    /// Path, as written.
    pub path: String,
    /// Kind of use.
    pub kind: UseKind,
    /// File that defines the item or module.
    pub target: String,
    /// `true` if the path names an item, and `false` for a module.
    pub is_item: bool,
    /// `true` if a name of the path is `#[doc(hidden)]` in another crate.
    pub is_hidden: bool,
    /// Crates of the file and of the target.
    pub crates: (String, String),
    /// First other crate on the path, which may re-export the item of a third one.
    pub via: Option<String>,
    /// Top-level modules of the file and of the target, or `None` for the crate root.
    pub modules: (Option<String>, Option<String>),
}

impl Use {
    /// Returns `true` if the use is a dependency between two files of a crate. Re-exports are not.
    pub(crate) fn is_edge(&self) -> bool {
        self.is_item && self.kind != UseKind::Reexport && self.file != self.target && self.crates.0 == self.crates.1
    }
}

impl Display for Use {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} uses `{}` of {}", self.file, self.line, self.path, self.target)
    }
}

/// The result of analyzing the source of several crates.
#[derive(Debug)]
pub struct Workspace {
    /// All uses, sorted by file and line.
    pub uses: Vec<Use>,
    /// Paths that start with `crate`, `self` or `super` and do not resolve, as ``file:line: `path` ``.
    pub unresolved: Vec<String>,
    /// Top-level modules of each crate, in declaration order.
    pub modules: Vec<(String, Vec<String>)>,
}

impl Workspace {
    /// Finds all uses in `crates`.
    ///
    /// # Errors
    /// Returns an error if a file is missing from `sources` or cannot be parsed.
    pub fn analyze(sources: &Sources, crates: &[CrateSource]) -> Result<Self, String> {
        let mut tree = Tree::default();
        for CrateSource { name, root } in crates {
            declare::add_crate(&mut tree, sources, name, root)?;
        }
        add_hidden_members(&mut tree);
        let modules = top_level_modules(&tree);
        let (references, unresolved) = uses::collect(&mut tree);
        let mut uses: BTreeSet<Use> = BTreeSet::new();
        for reference in &references {
            uses.extend(describe(&tree, reference));
        }
        let unresolved = unresolved.iter().map(|unresolved| {
            format!("{}:{}: `{}`", tree.modules[unresolved.module].file, unresolved.line, unresolved.path)
        });
        let unresolved: BTreeSet<String> = unresolved.collect();
        Ok(Workspace { uses: uses.into_iter().collect(), unresolved: unresolved.into_iter().collect(), modules })
    }
}

fn describe(tree: &Tree, reference: &Reference) -> Option<Use> {
    let (target, is_item) = match reference.found.entity {
        Entity::Item(item) => (tree.items[item].module, true),
        Entity::Module(module) => (module, false),
        Entity::External => return None,
    };
    let name = |module: ModuleId| tree.crates[tree.modules[module].krate].name.clone();
    let top_level = |module: ModuleId| tree.top_level(module).map(str::to_owned);
    Some(Use {
        file: tree.modules[reference.module].file.clone(),
        line: reference.line,
        path: reference.path.clone(),
        kind: reference.kind,
        target: tree.modules[target].file.clone(),
        is_item,
        is_hidden: reference.found.hidden,
        crates: (name(reference.module), name(target)),
        via: reference.found.via.map(|krate| tree.crates[krate].name.clone()),
        modules: (top_level(reference.module), top_level(target)),
    })
}

fn top_level_modules(tree: &Tree) -> Vec<(String, Vec<String>)> {
    let of_crate = |root: ModuleId| {
        let children = tree.modules.iter().filter(|module| module.parent == Some(root) && !module.is_block);
        children.map(|module| module.name.clone()).collect()
    };
    tree.crates.iter().map(|krate| (krate.name.clone(), of_crate(krate.root))).collect()
}

/// Adds the `#[doc(hidden)]` members of `impl` blocks to their types.
fn add_hidden_members(tree: &mut Tree) {
    let mut found = Vec::new();
    for (module, item) in
        tree.modules.iter().enumerate().flat_map(|(id, module)| module.syntax.iter().map(move |item| (id, item)))
    {
        let Item::Impl(block) = item else { continue };
        let (members, Type::Path(own)) = (attributes::hidden_members(item), &*block.self_ty) else { continue };
        let segments = own.path.segments.iter().map(|segment| imports::plain(&segment.ident)).collect();
        let path = Path { is_global: own.path.leading_colon.is_some(), segments, line: 0 };
        for reached in Resolver::new(tree).resolve(module, &path, Namespaces::TYPES) {
            if let Entity::Item(item) = reached.entity {
                found.push((item, members.clone()));
            }
        }
    }
    for (item, members) in found {
        tree.items[item].hidden_members.extend(members);
    }
}
