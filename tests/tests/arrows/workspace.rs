//! The workspace's packages, as cargo tells them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{LazyLock, OnceLock},
};

use serde_json::Value;
use ticketlens_tests::workspace::packages;
pub use ticketlens_tests::workspace::root;

use super::code::{arrows::Arrows, tree::Tree};

/// A package of the workspace.
pub struct Package {
    pub name: String,
    /// The folder it is in, from the workspace's root: `crates/store`.
    pub folder: PathBuf,
    /// What it is built from (dev-dependencies are left out: tests may reach across).
    pub dependencies: BTreeSet<String>,
    /// What of that only its build script uses.
    pub of_its_build: BTreeSet<String>,
    library: Option<(String, PathBuf)>,
    programs: Vec<PathBuf>,
    arrows: OnceLock<Arrows>,
}

impl Package {
    /// Its sources, named from its folder: `src/lib.rs`.
    pub fn tree(&self) -> Tree {
        let folder = root().join(&self.folder);
        let read = |file: &Path| fs::read_to_string(folder.join(file)).ok();
        let library = self.library.as_ref().map(|(name, file)| (name.as_str(), file.as_path()));
        Tree::read(library, &self.programs, &read)
    }

    /// What its files name, read once.
    pub fn arrows(&self) -> &Arrows {
        self.arrows.get_or_init(|| Arrows::of(&self.tree()))
    }
}

/// Every package of the workspace.
pub static PACKAGES: LazyLock<Vec<Package>> =
    LazyLock::new(|| packages().iter().map(package).collect());

/// The packages under `crates/`.
pub fn crates() -> impl Iterator<Item = &'static Package> {
    PACKAGES.iter().filter(|package| package.folder.starts_with("crates"))
}

fn package(told: &Value) -> Package {
    let manifest = PathBuf::from(text(&told["manifest_path"]));
    let home = manifest.parent().expect("a manifest is in a folder");
    let within = |path: &Value| {
        let path = PathBuf::from(text(path));
        path.strip_prefix(home).expect("a target lies in its package").to_owned()
    };
    let targets = list(&told["targets"]);
    let is = |target: &&Value, kind: &str| list(&target["kind"]).iter().any(|k| k == kind);
    let library =
        targets.iter().find(|target| ["lib", "cdylib"].iter().any(|kind| is(target, kind)));
    let programs = targets.iter().filter(|target| is(target, "bin"));
    let dependencies = list(&told["dependencies"]).iter();
    let of_kind = |kinds: &[Option<&str>]| {
        let all = dependencies.clone().filter(|one| kinds.contains(&one["kind"].as_str()));
        all.map(|one| text(&one["name"])).collect::<BTreeSet<_>>()
    };
    Package {
        name: text(&told["name"]),
        folder: home.strip_prefix(root()).expect("a member lies in the workspace").to_owned(),
        dependencies: of_kind(&[None, Some("build")]),
        of_its_build: &of_kind(&[Some("build")]) - &of_kind(&[None]),
        library: library.map(|target| (text(&target["name"]), within(&target["src_path"]))),
        programs: programs.map(|target| within(&target["src_path"])).collect(),
        arrows: OnceLock::new(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
