//! Parses crates into the module [`Tree`] and binds the names of their items.

use crate::attributes;
use crate::imports;
use crate::source::{self, Sources};
use crate::tree::{
    Binding, Crate, CrateId, Definition, Glob, ItemId, Module, ModuleId, Namespaces, Path, Target, Tree,
};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Item, ItemEnum, ItemMacro, ItemMod, ItemUse, Token, Visibility};

/// Adds the crate `name` with the root file `root`.
///
/// # Errors
/// Returns an error if a file is missing or cannot be parsed.
pub(crate) fn add_crate(tree: &mut Tree, sources: &Sources, name: &str, root: &str) -> Result<(), String> {
    let krate = tree.crates.len();
    let mut declarations = Declarations { tree, sources, krate };
    let module = declarations.new_module(None, "", root, source::folder(root));
    declarations.tree.crates.push(Crate { name: name.to_owned(), root: module });
    let items = declarations.parse(root)?;
    declarations.declare(module, items)
}

/// Adds a block with items to `parent`, as an anonymous module.
pub(crate) fn add_block(tree: &mut Tree, parent: ModuleId, items: Vec<Item>) -> ModuleId {
    let (krate, file) = (tree.modules[parent].krate, tree.modules[parent].file.clone());
    let sources = Sources::default();
    let mut declarations = Declarations { tree, sources: &sources, krate };
    let module = declarations.new_module(Some(parent), "", &file, "");
    declarations.tree.modules[module].is_block = true;
    for item in &items {
        if !attributes::is_test(attributes::of_item(item)) && !matches!(item, Item::Mod(_)) {
            declarations.bind(module, item);
        }
    }
    module
}

struct Declarations<'a> {
    tree: &'a mut Tree,
    sources: &'a Sources,
    krate: CrateId,
}

impl Declarations<'_> {
    fn parse(&self, file: &str) -> Result<Vec<Item>, String> {
        let text = self.sources.get(file).ok_or_else(|| format!("{file}: file not found"))?;
        let parsed = syn::parse_file(text);
        parsed.map(|parsed| parsed.items).map_err(|error| format!("{file}:{}: {error}", error.span().start().line))
    }

    fn new_module(&mut self, parent: Option<ModuleId>, name: &str, file: &str, folder: &str) -> ModuleId {
        self.tree.modules.push(Module {
            krate: self.krate,
            parent,
            is_block: false,
            name: name.to_owned(),
            file: file.to_owned(),
            folder: folder.to_owned(),
            bindings: Default::default(),
            globs: Vec::new(),
            generated: BTreeSet::new(),
            generated_item: None,
            syntax: Vec::new(),
        });
        self.tree.modules.len() - 1
    }

    fn declare(&mut self, module: ModuleId, items: Vec<Item>) -> Result<(), String> {
        let mut kept = Vec::new();
        for item in items {
            if attributes::is_test(attributes::of_item(&item)) {
                continue;
            }
            match item {
                Item::Mod(item) => self.declare_module(module, item)?,
                item => {
                    self.bind(module, &item);
                    kept.push(item);
                }
            }
        }
        self.tree.modules[module].syntax = kept;
        Ok(())
    }

    fn declare_module(&mut self, parent: ModuleId, item: ItemMod) -> Result<(), String> {
        let name = imports::plain(&item.ident);
        let (file, folder) = (self.tree.modules[parent].file.clone(), self.tree.modules[parent].folder.clone());
        let own_folder = source::join(&folder, &name);
        let (child, items) = match item.content {
            Some((_, items)) => (self.new_module(Some(parent), &name, &file, &own_folder), items),
            None => {
                let (file, folder) = match attributes::path(&item.attrs) {
                    // Relative to the folder of the file, or of the enclosing inline module.
                    Some(path) => {
                        let is_inline =
                            self.tree.modules[parent].parent.is_some_and(|above| self.tree.modules[above].file == file);
                        let base = if is_inline { folder.as_str() } else { source::folder(&file) };
                        let file = source::join(base, &path);
                        let folder = source::folder(&file).to_owned();
                        (file, folder)
                    }
                    None => {
                        let (flat, nested) = (format!("{own_folder}.rs"), format!("{own_folder}/mod.rs"));
                        (if self.sources.get(&flat).is_some() { flat } else { nested }, own_folder)
                    }
                };
                let items = self.parse(&file)?;
                (self.new_module(Some(parent), &name, &file, &folder), items)
            }
        };
        let hidden = attributes::is_hidden(&item.attrs);
        self.add(parent, &name, Namespaces::TYPES, &item.vis, hidden, Target::Module(child));
        self.declare(child, items)?;
        if attributes::has(&item.attrs, "macro_use") {
            self.share_macros(child, parent);
        }
        Ok(())
    }

    /// Makes the macros of `child` visible in `parent`, as `#[macro_use]` does.
    fn share_macros(&mut self, child: ModuleId, parent: ModuleId) {
        let shared = self.tree.modules[child].bindings.clone().into_iter().flat_map(|(name, bindings)| {
            let macros = bindings.into_iter().filter(|binding| {
                binding.namespaces == Namespaces::MACROS && matches!(binding.target, Target::Item(_))
            });
            macros.map(move |binding| (name.clone(), Binding { visible_in: Some(parent), ..binding }))
        });
        for (name, binding) in shared.collect::<Vec<_>>() {
            self.tree.modules[parent].bindings.entry(name).or_default().push(binding);
        }
    }

    fn bind(&mut self, module: ModuleId, item: &Item) {
        use Namespaces as N;
        let (ident, vis, namespaces) = match item {
            Item::Const(item) => (&item.ident, &item.vis, N::VALUES),
            Item::Static(item) => (&item.ident, &item.vis, N::VALUES),
            Item::Struct(item) if matches!(item.fields, syn::Fields::Named(_)) => (&item.ident, &item.vis, N::TYPES),
            Item::Struct(item) => (&item.ident, &item.vis, N::TYPES | N::VALUES),
            Item::Enum(item) => (&item.ident, &item.vis, N::TYPES),
            Item::Union(item) => (&item.ident, &item.vis, N::TYPES),
            Item::Trait(item) => (&item.ident, &item.vis, N::TYPES),
            Item::TraitAlias(item) => (&item.ident, &item.vis, N::TYPES),
            Item::Type(item) => (&item.ident, &item.vis, N::TYPES),
            Item::Fn(item) => return self.bind_function(module, item),
            Item::Macro(item) => return self.bind_macro(module, item),
            Item::Use(item) => return self.bind_imports(module, item),
            Item::Verbatim(tokens) => return self.bind_verbatim(module, tokens),
            Item::ExternCrate(item) => {
                let name = imports::plain(item.rename.as_ref().map_or(&item.ident, |(_, name)| name));
                let target = match item.ident == "self" {
                    true => Target::Module(self.root(module)),
                    false => Target::Import(Path {
                        is_global: true,
                        segments: vec![imports::plain(&item.ident)],
                        line: item.ident.span().start().line,
                    }),
                };
                // The extern prelude is visible in the whole crate.
                let root = self.root(module);
                return self.add(root, &name, N::TYPES, &item.vis, false, target);
            }
            _ => return,
        };
        self.define(module, &imports::plain(ident), namespaces, vis, item);
    }

    fn define(
        &mut self,
        module: ModuleId,
        name: &str,
        namespaces: Namespaces,
        vis: &Visibility,
        item: &Item,
    ) -> ItemId {
        let hidden = attributes::is_hidden(attributes::of_item(item));
        let variants = match item {
            Item::Enum(ItemEnum { variants, .. }) => {
                variants.iter().map(|variant| imports::plain(&variant.ident)).collect()
            }
            _ => BTreeSet::new(),
        };
        let hidden_members = attributes::hidden_members(item);
        let id = self.tree.items.len();
        self.tree.items.push(Definition { module, hidden, variants, hidden_members });
        self.add(module, name, namespaces, vis, hidden, Target::Item(id));
        id
    }

    fn bind_function(&mut self, module: ModuleId, item: &syn::ItemFn) {
        let name = imports::plain(&item.sig.ident);
        let (attrs, wrapped) = (&item.attrs, Item::Fn(item.clone()));
        if let Some(derive) = attributes::derive(attrs) {
            self.define(module, &derive, Namespaces::MACROS, &item.vis, &wrapped);
        } else if attributes::has(attrs, "proc_macro") || attributes::has(attrs, "proc_macro_attribute") {
            self.define(module, &name, Namespaces::MACROS, &item.vis, &wrapped);
        } else {
            self.define(module, &name, Namespaces::VALUES, &item.vis, &wrapped);
        }
    }

    fn bind_macro(&mut self, module: ModuleId, item: &ItemMacro) {
        let Some(ident) = &item.ident else {
            collect_idents(&item.mac.tokens, &mut self.tree.modules[module].generated);
            if self.tree.modules[module].generated_item.is_none() {
                let id = self.tree.items.len();
                let none = BTreeSet::new();
                self.tree.items.push(Definition {
                    module,
                    hidden: false,
                    variants: none.clone(),
                    hidden_members: none,
                });
                self.tree.modules[module].generated_item = Some(id);
            }
            return;
        };
        let name = imports::plain(ident);
        let id = self.define(module, &name, Namespaces::MACROS, &Visibility::Inherited, &Item::Macro(item.clone()));
        let root = self.root(module);
        if attributes::has(&item.attrs, "macro_export") && root != module {
            let hidden = self.tree.items[id].hidden;
            let binding =
                Binding { namespaces: Namespaces::MACROS, visible_in: None, hidden, target: Target::Item(id) };
            self.tree.modules[root].bindings.entry(name).or_default().push(binding);
        }
    }

    /// Binds a static without an initializer, as `linkme` uses them. `syn` does not parse these.
    fn bind_verbatim(&mut self, module: ModuleId, tokens: &TokenStream) {
        let parser = |input: ParseStream<'_>| {
            let attributes = Attribute::parse_outer(input)?;
            let vis: Visibility = input.parse()?;
            input.parse::<Token![static]>()?;
            input.parse::<Option<Token![mut]>>()?;
            let ident: Ident = input.parse()?;
            input.parse::<TokenStream>()?;
            Ok((attributes, vis, ident))
        };
        if let Ok((attributes, vis, ident)) = parser.parse2(tokens.clone())
            && !attributes::is_test(&attributes)
        {
            self.define(module, &imports::plain(&ident), Namespaces::VALUES, &vis, &Item::Verbatim(tokens.clone()));
        }
    }

    fn bind_imports(&mut self, module: ModuleId, item: &ItemUse) {
        let hidden = attributes::is_hidden(&item.attrs);
        for import in imports::of(item) {
            match import.name.as_deref() {
                Some("_") => {}
                Some(name) => self.add(module, name, Namespaces::ALL, &item.vis, hidden, Target::Import(import.path)),
                None => {
                    let visible_in = self.visible_in(module, &item.vis);
                    self.tree.modules[module].globs.push(Glob { path: import.path, visible_in });
                }
            }
        }
    }

    fn add(
        &mut self,
        module: ModuleId,
        name: &str,
        namespaces: Namespaces,
        vis: &Visibility,
        hidden: bool,
        target: Target,
    ) {
        let visible_in = self.visible_in(module, vis);
        let binding = Binding { namespaces, visible_in, hidden, target };
        self.tree.modules[module].bindings.entry(name.to_owned()).or_default().push(binding);
    }

    fn visible_in(&self, module: ModuleId, vis: &Visibility) -> Option<ModuleId> {
        match vis {
            Visibility::Public(_) => None,
            Visibility::Inherited => Some(module),
            Visibility::Restricted(restricted) if restricted.path.is_ident("self") => Some(module),
            Visibility::Restricted(restricted) if restricted.path.is_ident("super") => {
                Some(self.tree.modules[module].parent.unwrap_or(module))
            }
            Visibility::Restricted(_) => Some(self.root(module)),
        }
    }

    /// Returns the root of the crate that contains `module`.
    fn root(&self, module: ModuleId) -> ModuleId {
        self.tree.ancestors(module).last().unwrap_or(module)
    }
}

fn collect_idents(tokens: &TokenStream, idents: &mut BTreeSet<String>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) => drop(idents.insert(imports::plain(&ident))),
            TokenTree::Group(group) => collect_idents(&group.stream(), idents),
            _ => {}
        }
    }
}
