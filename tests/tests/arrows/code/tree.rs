//! A package's modules: each with its file, its items outside of tests, and the names it holds.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use syn::{Attribute, Item, Meta, Token, punctuated::Punctuated};

use super::imports::{Import, imports, plain};

/// Where a package's sources are read from: the disk, or a table.
pub type Read<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// What a name of a module stands for.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// A module, by its place in [`Tree::modules`].
    Module(usize),
    /// A type that is defined here, or what else a path goes on from, with an enum's variants.
    Type(Vec<String>),
    /// A function, a constant, a static: no path goes on from it.
    Value,
    /// What an import leads to.
    Import(Import),
}

/// A module, in a file of its own or inline.
pub struct Module {
    pub file: PathBuf,
    /// The module of `crate`, of `super`, and the name that this one has there.
    pub root: usize,
    pub parent: Option<usize>,
    /// Its items outside of tests.
    pub items: Vec<Item>,
    pub names: BTreeMap<String, Vec<Meaning>>,
    pub globs: Vec<Import>,
}

/// All modules of a package's library and programs.
#[derive(Default)]
pub struct Tree {
    pub modules: Vec<Module>,
    /// The library's name in paths and its root; a program beside it calls it so.
    pub library: Option<(String, usize)>,
    /// Each `macro_rules!` and the file that has it.
    pub macros: BTreeMap<String, PathBuf>,
}

/// Where the `mod x;` of a module are looked for.
struct Folder {
    /// Beside the module.
    children: PathBuf,
    /// What `#[path]` starts from.
    path: PathBuf,
}

impl Tree {
    /// Reads a library and programs from their root files.
    pub fn read(library: Option<(&str, &Path)>, programs: &[PathBuf], read: Read<'_>) -> Self {
        let mut tree = Self::default();
        if let Some((name, file)) = library {
            let root = tree.add_file(file, None, true, read);
            tree.library = Some((name.to_owned(), root));
        }
        for file in programs {
            tree.add_file(file, None, true, read);
        }
        tree
    }

    fn add_file(
        &mut self,
        file: &Path,
        parent: Option<usize>,
        root: bool,
        read: Read<'_>,
    ) -> usize {
        let text = read(file).unwrap_or_else(|| panic!("{} is not there", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let path = file.parent().unwrap_or(Path::new("")).to_owned();
        let stem = file.file_stem().unwrap_or_default();
        let children = if root || stem == "mod" { path.clone() } else { path.join(stem) };
        self.add(file, parsed.items, parent, &Folder { children, path }, read)
    }

    fn add(
        &mut self,
        file: &Path,
        items: Vec<Item>,
        parent: Option<usize>,
        folder: &Folder,
        read: Read<'_>,
    ) -> usize {
        let this = self.modules.len();
        let root = parent.map_or(this, |parent| self.modules[parent].root);
        let (names, globs) = Default::default();
        let file = file.to_owned();
        let module = Module { file: file.clone(), root, parent, items: Vec::new(), names, globs };
        self.modules.push(module);
        let items: Vec<_> = items.into_iter().filter(|item| !is_test(attributes(item))).collect();
        for item in &items {
            match item {
                Item::Mod(child) => {
                    if let Some(at) = self.add_child(child, this, folder, read) {
                        self.name(this, plain(&child.ident), Meaning::Module(at));
                    }
                }
                Item::Use(import) => self.import(this, imports(import)),
                Item::Macro(rules) => {
                    if let Some(name) = &rules.ident {
                        self.macros.insert(plain(name), file.clone());
                    }
                }
                _ => {
                    if let Some((name, meaning)) = defined(item) {
                        self.name(this, name, meaning);
                    }
                }
            }
        }
        self.modules[this].items = items;
        this
    }

    /// The module that `mod x` stands for; none where it is a test's.
    fn add_child(
        &mut self,
        child: &syn::ItemMod,
        this: usize,
        folder: &Folder,
        read: Read<'_>,
    ) -> Option<usize> {
        let name = plain(&child.ident);
        if let Some((_, items)) = &child.content {
            let children = folder.children.join(&name);
            let inner = Folder { path: children.clone(), children };
            let file = self.modules[this].file.clone();
            return Some(self.add(&file, items.clone(), Some(this), &inner, read));
        }
        let file = match path_attribute(&child.attrs) {
            Some(path) => lexical(&folder.path.join(path)),
            None => {
                let beside = folder.children.join(format!("{name}.rs"));
                let inside = folder.children.join(&name).join("mod.rs");
                if read(&beside).is_some() { beside } else { inside }
            }
        };
        (!is_test_file(&file)).then(|| self.add_file(&file, Some(this), false, read))
    }

    fn name(&mut self, module: usize, name: String, meaning: Meaning) {
        self.modules[module].names.entry(name).or_default().push(meaning);
    }

    fn import(&mut self, module: usize, imports: Vec<Import>) {
        for import in imports {
            match import.name.clone() {
                Some(name) => self.name(module, name, Meaning::Import(import)),
                None => self.modules[module].globs.push(import),
            }
        }
    }
}

/// The name that an item defines, and as what.
fn defined(item: &Item) -> Option<(String, Meaning)> {
    let (ident, meaning) = match item {
        Item::Const(item) => (&item.ident, Meaning::Value),
        Item::Enum(item) => {
            let variants = item.variants.iter().map(|variant| plain(&variant.ident));
            (&item.ident, Meaning::Type(variants.collect()))
        }
        Item::Fn(item) => (&item.sig.ident, Meaning::Value),
        Item::Static(item) => (&item.ident, Meaning::Value),
        Item::Struct(item) => (&item.ident, Meaning::Type(Vec::new())),
        Item::Trait(item) => (&item.ident, Meaning::Type(Vec::new())),
        Item::TraitAlias(item) => (&item.ident, Meaning::Type(Vec::new())),
        Item::Type(item) => (&item.ident, Meaning::Type(Vec::new())),
        Item::Union(item) => (&item.ident, Meaning::Type(Vec::new())),
        _ => return None,
    };
    Some((plain(ident), meaning))
}

/// The attributes of an item of any kind.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether what has these attributes is there for tests alone.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let configured = || attribute.parse_args::<Meta>().is_ok_and(|meta| needs_test(&meta));
        path.segments.last().is_some_and(|last| last.ident == "test")
            || (path.is_ident("cfg") && configured())
    })
}

/// `any(test, …)` holds outside of tests too.
fn needs_test(meta: &Meta) -> bool {
    let all = |list: &syn::MetaList| {
        let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        parts.is_ok_and(|parts| parts.iter().any(needs_test))
    };
    match meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) => list.path.is_ident("all") && all(list),
        Meta::NameValue(_) => false,
    }
}

/// Whether a file holds tests alone, by its name.
pub fn is_test_file(file: &Path) -> bool {
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    name == "tests" || name.ends_with("_tests")
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find(|attribute| attribute.path().is_ident("path")).and_then(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        }
    })
}

/// A path without `.` and `..`.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
