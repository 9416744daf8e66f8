//! All uses between the files of some crates.

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

/// A crate, and the file that the compiler is given.
#[derive(Clone, Debug)]
pub struct CrateSource {
    /// As paths name the crate: `ops_core`.
    pub name: String,
    /// The root file, such as `ops-core/src/lib.rs`.
    pub root: String,
}

/// A path in a file to something that another file defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The file with the path.
    pub file: String,
    /// The line of the path, from 1.
    pub line: usize,
    /// The path as it is written.
    pub path: String,
    /// How the path is used.
    pub kind: UseKind,
    /// The file that defines the item, or the module if the path names one.
    pub target: String,
    /// The path names an item, not only a module.
    pub is_item: bool,
    /// Another crate hides a name of the path from its documentation.
    pub is_hidden: bool,
    /// The crates of the file and of the target.
    pub crates: (String, String),
    /// The crate that the path enters first, if it leaves its own; that may re-export the item of a third one.
    pub via: Option<String>,
    /// The top-level modules of the file and of the target; `None` is the root of the crate.
    pub modules: (Option<String>, Option<String>),
}

impl Use {
    /// Returns `true` for what makes one file depend on another. A re-export does not.
    pub(crate) fn is_edge(&self) -> bool {
        self.is_item && self.kind != UseKind::Reexport && self.file != self.target && self.crates.0 == self.crates.1
    }
}

impl Display for Use {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} uses `{}` of {}", self.file, self.line, self.path, self.target)
    }
}

/// What is found in the sources of some crates.
#[derive(Debug)]
pub struct Workspace {
    /// All uses, by file and line.
    pub uses: Vec<Use>,
    /// Paths that begin with `crate`, `self` or `super` and name nothing that was found: file and line, path.
    pub unresolved: Vec<String>,
    /// The top-level modules of each crate, in the order of their declaration.
    pub modules: Vec<(String, Vec<String>)>,
}

impl Workspace {
    /// Finds all uses in `crates`, whose files are in `sources`.
    ///
    /// # Errors
    /// If a file is missing or cannot be parsed.
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

/// Adds what `impl` blocks hide to the types that they are for.
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
