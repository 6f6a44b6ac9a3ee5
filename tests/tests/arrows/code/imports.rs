//! `use` trees, taken apart into one import a name.

use syn::{ItemUse, UseTree, Visibility};

/// A path as it is written: its segments, and whether it starts with `::`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub segments: Vec<String>,
    pub outside: bool,
}

/// One imported name, or everything of a module.
#[derive(Clone, Debug)]
pub struct Import {
    /// What it is called here; `None` for a glob.
    pub name: Option<String>,
    pub path: Written,
    /// Whether others may name it here: `pub`, `pub(crate)`, `pub(super)`.
    pub shown: bool,
}

/// Each import of a `use` item.
pub fn imports(item: &ItemUse) -> Vec<Import> {
    let private_path = |path: &syn::Path| path.is_ident("self");
    let shown = match &item.vis {
        Visibility::Inherited => false,
        Visibility::Restricted(to) => !private_path(&to.path),
        _ => true,
    };
    let mut found = Vec::new();
    collect(&item.tree, &mut Vec::new(), &mut found);
    let written = |segments| Written { segments, outside: item.leading_colon.is_some() };
    let import = |(name, segments)| Import { name, path: written(segments), shown };
    found.into_iter().map(import).collect()
}

fn collect(
    tree: &UseTree,
    prefix: &mut Vec<String>,
    found: &mut Vec<(Option<String>, Vec<String>)>,
) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(plain(&path.ident));
            collect(&path.tree, prefix, found);
            prefix.pop();
        }
        UseTree::Name(leaf) => found.push(named(prefix, &leaf.ident, None)),
        UseTree::Rename(leaf) => found.push(named(prefix, &leaf.ident, Some(plain(&leaf.rename)))),
        UseTree::Glob(_) => found.push((None, prefix.clone())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| collect(tree, prefix, found)),
    }
}

/// `{self}` names the module before it.
fn named(
    prefix: &[String],
    ident: &syn::Ident,
    rename: Option<String>,
) -> (Option<String>, Vec<String>) {
    let mut path = prefix.to_vec();
    if ident != "self" || prefix.is_empty() {
        path.push(plain(ident));
    }
    let name = rename.or_else(|| path.last().cloned());
    (name, path)
}

/// An identifier without `r#`.
pub fn plain(ident: &syn::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or_else(|| text.clone(), str::to_owned)
}
