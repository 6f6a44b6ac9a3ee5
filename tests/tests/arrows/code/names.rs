//! A path followed to the file that defines what it names.

use std::path::Path;

use super::{
    imports::{Import, Written},
    tree::{Meaning, Tree},
};

/// What a path leads to within the package; what leads outside is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Module(usize),
    Item { module: usize, name: String },
}

/// The names under way, so that globs that name each other end.
type Way = Vec<(usize, String)>;

impl Tree {
    /// What `path`, written in `module`, leads to: more than one thing where a module and a
    /// function share a name.
    pub fn resolve(&self, module: usize, path: &Written) -> Vec<Found> {
        self.follow(module, path, &mut Vec::new())
    }

    fn follow(&self, module: usize, path: &Written, way: &mut Way) -> Vec<Found> {
        let Some((first, mut rest)) = path.segments.split_first() else { return Vec::new() };
        let found = match first.as_str() {
            _ if path.outside => self.own_library(first),
            "crate" => vec![Found::Module(self.modules[module].root)],
            "self" => vec![Found::Module(module)],
            "super" => {
                let mut at = self.modules[module].parent;
                while let Some(("super", after)) = rest.split_first().map(|(f, r)| (f.as_str(), r))
                {
                    at = at.and_then(|at| self.modules[at].parent);
                    rest = after;
                }
                at.map(Found::Module).into_iter().collect()
            }
            _ => {
                let mut here = self.look_up(module, first, way);
                here.retain(|found| rest.is_empty() || self.goes_on(found));
                if here.is_empty() { self.own_library(first) } else { here }
            }
        };
        self.descend(found, rest, way)
    }

    fn descend(&self, mut found: Vec<Found>, rest: &[String], way: &mut Way) -> Vec<Found> {
        for segment in rest {
            let modules: Vec<_> = found.iter().filter_map(Found::as_module).collect();
            // What follows a type is its variant or its function: the type is what is named.
            if modules.is_empty() {
                return found;
            }
            found = modules.into_iter().flat_map(|at| self.look_up(at, segment, way)).collect();
        }
        found
    }

    fn own_library(&self, name: &str) -> Vec<Found> {
        let library = self.library.as_ref().filter(|(called, _)| called == name);
        library.map(|(_, root)| Found::Module(*root)).into_iter().collect()
    }

    /// What a module means by a name: its own items and imports, else what its globs bring.
    fn look_up(&self, module: usize, name: &str, way: &mut Way) -> Vec<Found> {
        let step = (module, name.to_owned());
        if way.contains(&step) {
            return Vec::new();
        }
        way.push(step);
        let meanings = self.modules[module].names.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut found = Vec::new();
        for meaning in meanings {
            found.extend(match meaning {
                Meaning::Module(at) => vec![Found::Module(*at)],
                Meaning::Type(_) | Meaning::Value => {
                    vec![Found::Item { module, name: name.to_owned() }]
                }
                Meaning::Import(import) => self.imported(module, import, name, way),
            });
        }
        if found.is_empty() && meanings.is_empty() {
            let globs = &self.modules[module].globs;
            found = globs.iter().flat_map(|glob| self.within(module, glob, name, way)).collect();
        }
        way.pop();
        found.dedup();
        found
    }

    /// `use json::json;` beside `mod json;` names what is in the module: the import itself is
    /// left out while its own path is followed.
    fn imported(&self, module: usize, import: &Import, name: &str, way: &mut Way) -> Vec<Found> {
        let Written { segments, outside } = &import.path;
        if !outside && segments.first().is_some_and(|first| first == name) {
            let meanings = self.modules[module].names[name].iter();
            let modules = meanings.filter_map(|meaning| match meaning {
                Meaning::Module(at) => Some(Found::Module(*at)),
                _ => None,
            });
            let start: Vec<_> = modules.collect();
            if !start.is_empty() {
                return self.descend(start, &segments[1..], way);
            }
        }
        self.follow(module, &import.path, way)
    }

    /// `name` as a glob brings it: from a module, or as a variant of an enum.
    pub fn glob(&self, module: usize, glob: &Import, name: &str) -> Vec<Found> {
        self.within(module, glob, name, &mut Vec::new())
    }

    fn within(&self, module: usize, glob: &Import, name: &str, way: &mut Way) -> Vec<Found> {
        let mut found = Vec::new();
        for place in self.follow(module, &glob.path, way) {
            match place {
                Found::Module(at) => found.extend(self.look_up(at, name, way)),
                Found::Item { module, name: item } => {
                    if self.has_variant(module, &item, name) {
                        found.push(Found::Item { module, name: item });
                    }
                }
            }
        }
        found
    }

    fn has_variant(&self, module: usize, item: &str, variant: &str) -> bool {
        self.modules[module].names[item].iter().any(|meaning| match meaning {
            Meaning::Type(variants) => variants.iter().any(|known| known == variant),
            _ => false,
        })
    }

    /// Whether a path goes on from here: `base64::encode` does not from a function `base64`.
    fn goes_on(&self, found: &Found) -> bool {
        let is_value = |meaning: &Meaning| matches!(meaning, Meaning::Value);
        match found {
            Found::Module(_) => true,
            Found::Item { module, name } => !self.modules[*module].names[name].iter().all(is_value),
        }
    }

    /// Whether `inner` is `outer` or lies below it.
    pub fn lies_below(&self, inner: usize, outer: usize) -> bool {
        let parent = self.modules[inner].parent;
        inner == outer || parent.is_some_and(|parent| self.lies_below(parent, outer))
    }

    pub fn file(&self, module: usize) -> &Path {
        &self.modules[module].file
    }
}

impl Found {
    fn as_module(&self) -> Option<usize> {
        match self {
            Self::Module(at) => Some(*at),
            Self::Item { .. } => None,
        }
    }
}
