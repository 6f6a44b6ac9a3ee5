//! A walk over one module's code that follows every path in it.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::{Expr, Token, punctuated::Punctuated, visit, visit::Visit};

use super::{
    arrows::Arrows,
    imports::{Import, Written, imports, plain},
    names::Found,
    tokens::{is_named, path_at},
    tree::{Tree, attributes, is_test},
};

/// Adds what the code of `module` names of other files.
pub fn walk(tree: &Tree, module: usize, arrows: &mut Arrows) {
    let mut walk = Walk { tree, module, arrows, scopes: vec![Scope::default()] };
    for item in &tree.modules[module].items {
        walk.visit_item(item);
    }
}

/// What a block, a function or an arm binds.
#[derive(Default)]
struct Scope {
    values: BTreeSet<String>,
    imports: Vec<Import>,
}

struct Walk<'a> {
    tree: &'a Tree,
    module: usize,
    arrows: &'a mut Arrows,
    scopes: Vec<Scope>,
}

impl Walk<'_> {
    fn scoped(&mut self, inner: impl FnOnce(&mut Self)) {
        self.scopes.push(Scope::default());
        inner(self);
        self.scopes.pop();
    }

    fn bind(&mut self, name: String) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.values.insert(name);
        }
    }

    /// Follows a path to its file, unless it is a variable.
    fn follow(&mut self, path: &Written) {
        let [first, rest @ ..] = path.segments.as_slice() else { return };
        if rest.is_empty() && self.scopes.iter().any(|scope| scope.values.contains(first)) {
            return;
        }
        let found = self.resolve(path);
        if found.is_empty() {
            self.arrows.add_outside(first);
        }
        for found in found {
            if let Found::Item { module, name } = found {
                self.arrows.add(self.tree.file(self.module), self.tree.file(module), &name);
            }
        }
    }

    /// As the module resolves it, after what the blocks around have imported.
    fn resolve(&self, path: &Written) -> Vec<Found> {
        let imports = || self.scopes.iter().rev().flat_map(|scope| &scope.imports);
        let first = &path.segments[0];
        if let Some(import) = imports().find(|import| import.name.as_ref() == Some(first)) {
            let mut whole = import.path.clone();
            whole.segments.extend_from_slice(&path.segments[1..]);
            return self.tree.resolve(self.module, &whole);
        }
        let mut found = self.tree.resolve(self.module, path);
        for glob in imports().filter(|import| import.name.is_none()) {
            if found.is_empty() {
                found = self.tree.glob(self.module, glob, first);
            }
        }
        found
    }

    /// An import is an arrow, but for a face: what a module shows of the modules below it.
    fn import(&mut self, import: &Import) {
        let found = self.tree.resolve(self.module, &import.path);
        if let ([], Some(first)) = (found.as_slice(), import.path.segments.first()) {
            self.arrows.add_outside(first);
        }
        for found in found {
            let Found::Item { module, name } = found else { continue };
            // What a glob brings counts where it is used.
            if import.name.is_some() && !(import.shown && self.tree.lies_below(module, self.module))
            {
                self.arrows.add(self.tree.file(self.module), self.tree.file(module), &name);
            }
        }
    }

    /// Paths in tokens that are no expressions: the best that can be seen of them.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(_) => {
                    let start = at;
                    let path = path_at(&tokens, &mut at);
                    let before = start.checked_sub(1).map(|before| &tokens[before]);
                    if is_named(&path, before, tokens.get(at)) {
                        self.follow(&path);
                    }
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Paths in the strings that serde takes for code.
    fn scan_serde(&mut self, tokens: TokenStream) {
        const KEYS: [&str; 7] =
            ["with", "default", "serialize_with", "deserialize_with", "from", "try_from", "into"];
        let tokens: Vec<_> = tokens.into_iter().collect();
        for three in tokens.windows(3) {
            let [TokenTree::Ident(key), _, TokenTree::Literal(text)] = three else { continue };
            let text = text.to_string();
            if KEYS.iter().any(|known| key == known)
                && let Ok(path) = syn::parse_str::<syn::Path>(text.trim_matches('"'))
            {
                self.follow(&written(&path));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.follow(&written(path));
        visit::visit_path(self, path);
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        // An inline module is walked as a module of its own.
        if !is_test(attributes(item)) && !matches!(item, syn::Item::Mod(_)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        imports(item).iter().for_each(|import| self.import(import));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.scoped(|walk| visit::visit_item_fn(walk, item));
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !is_test(attributes) {
            self.scoped(|walk| visit::visit_impl_item(walk, item));
        }
    }

    fn visit_trait_item(&mut self, item: &'ast syn::TraitItem) {
        self.scoped(|walk| visit::visit_trait_item(walk, item));
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !is_test(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !is_test(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_field_value(&mut self, value: &'ast syn::FieldValue) {
        if !is_test(&value.attrs) {
            visit::visit_field_value(self, value);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.scoped(|walk| {
            for statement in &block.stmts {
                match statement {
                    syn::Stmt::Item(syn::Item::Use(item)) => {
                        walk.scopes.last_mut().expect("a scope").imports.extend(imports(item));
                    }
                    syn::Stmt::Item(syn::Item::Fn(item)) => walk.bind(plain(&item.sig.ident)),
                    _ => {}
                }
            }
            visit::visit_block(walk, block);
        });
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if is_test(&local.attrs) {
            return;
        }
        // What is bound can't be seen by what it is made from.
        if let Some(init) = &local.init {
            visit::visit_local_init(self, init);
        }
        self.visit_pat(&local.pat);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        let name = plain(&pattern.ident);
        // A constant or a variant looks like a variable here, but for its first letter.
        if name.starts_with(char::is_uppercase) {
            self.follow(&Written { segments: vec![name], outside: false });
        } else {
            self.bind(name);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if !is_test(&arm.attrs) {
            self.scoped(|walk| visit::visit_arm(walk, arm));
        }
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.scoped(|walk| visit::visit_expr_closure(walk, closure));
    }

    fn visit_expr_let(&mut self, condition: &'ast syn::ExprLet) {
        self.visit_expr(&condition.expr);
        self.visit_pat(&condition.pat);
    }

    fn visit_expr_if(&mut self, branch: &'ast syn::ExprIf) {
        self.scoped(|walk| {
            walk.visit_expr(&branch.cond);
            walk.visit_block(&branch.then_branch);
        });
        if let Some((_, otherwise)) = &branch.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, run: &'ast syn::ExprWhile) {
        self.scoped(|walk| visit::visit_expr_while(walk, run));
    }

    fn visit_expr_for_loop(&mut self, run: &'ast syn::ExprForLoop) {
        self.visit_expr(&run.expr);
        self.scoped(|walk| {
            walk.visit_pat(&run.pat);
            walk.visit_block(&run.body);
        });
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        if let Some(name) = called.path.get_ident()
            && let Some(file) = self.tree.macros.get(&plain(name))
        {
            self.arrows.add(self.tree.file(self.module), file, &format!("{name}!"));
        }
        self.visit_path(&called.path);
        let expressions = Punctuated::<Expr, Token![,]>::parse_terminated;
        match called.parse_body_with(expressions) {
            Ok(expressions) => {
                expressions.iter().for_each(|expression| Visit::visit_expr(self, expression));
            }
            Err(_) => self.scan(called.tokens.clone()),
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            if list.path.is_ident("serde") {
                self.scan_serde(list.tokens.clone());
            } else if !list.path.is_ident("cfg") {
                self.scan(list.tokens.clone());
            }
        }
    }
}

fn written(path: &syn::Path) -> Written {
    let segments = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
    Written { segments, outside: path.leading_colon.is_some() }
}
