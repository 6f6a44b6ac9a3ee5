//! The crates of this workspace, as cargo knows them: what the tests of each need, and which of
//! them a test belongs to.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run::cargo;

/// Who depends on it, for tests alone or altogether, starts the embedded database in its tests.
const ENGINE: &str = "ticketlens-engine";
/// The flows: beside the database they run every program of ours, and programs of others.
const FLOWS: &str = "ticketlens-tests";

/// What has to be there before tests can run. Nothing, for most crates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The embedded database.
    pub engine: bool,
    /// Our programs, and the peers they are run beside.
    pub programs: bool,
}

impl Needs {
    fn of(package: &Value) -> Self {
        let name = text(&package["name"]);
        let knows = list(&package["dependencies"]).iter().any(|d| text(&d["name"]) == ENGINE);
        Self { engine: knows || name == ENGINE, programs: name == FLOWS }
    }
}

/// What `cargo metadata` says.
pub struct Workspace(Value);

impl Workspace {
    /// Asks cargo; touches no network.
    pub fn read() -> Result<Self> {
        let mut metadata = cargo();
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
        let output = metadata.output().context("could not run `cargo metadata`")?;
        if !output.status.success() {
            bail!("`cargo metadata`: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(Self(serde_json::from_slice(&output.stdout).context("reading `cargo metadata`")?))
    }

    /// What the tests of these crates need; of none named, what all need together.
    pub fn needs(&self, names: &[&str]) -> Result<Needs> {
        let known: BTreeSet<_> = self.packages().iter().map(|p| text(&p["name"])).collect();
        if let Some(unknown) = names.iter().find(|name| !known.contains(*name)) {
            let all: Vec<_> = known.into_iter().collect();
            bail!("there is no crate `{unknown}` here; there are {}", all.join(", "));
        }
        let mut needs = Needs::default();
        for package in self.packages() {
            if names.is_empty() || names.contains(&text(&package["name"])) {
                let its = Needs::of(package);
                needs.engine |= its.engine;
                needs.programs |= its.programs;
            }
        }
        Ok(needs)
    }

    /// The one version that all crates have.
    pub fn version(&self) -> Result<String> {
        let first = self.packages().first().map(|package| text(&package["version"]).to_owned());
        first.context("a workspace has packages")
    }

    /// Each crate's folder.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        self.packages().iter().filter_map(|p| Path::new(text(&p["manifest_path"])).parent())
    }

    /// The crates whose tests need nothing but cargo.
    pub fn needing_nothing(&self) -> Vec<&str> {
        let packages = self.packages().iter().filter(|p| Needs::of(p) == Needs::default());
        packages.map(|package| text(&package["name"])).collect()
    }

    /// Whose test it is that cargo names by its source below the crate, and by its program.
    pub fn package_of(&self, source: &str, program: &str) -> Option<&str> {
        let is_it = |target: &Value, folder: &Path| {
            text(&target["name"]).replace('-', "_") == program
                && Path::new(text(&target["src_path"])) == folder.join(source)
        };
        let owns = |package: &&Value| {
            let folder = Path::new(text(&package["manifest_path"])).parent();
            folder.is_some_and(|folder| list(&package["targets"]).iter().any(|t| is_it(t, folder)))
        };
        self.packages().iter().find(owns).map(|package| text(&package["name"]))
    }

    fn packages(&self) -> &[Value] {
        list(&self.0["packages"])
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(name: &str) -> Needs {
        Workspace::read().unwrap().needs(&[name]).unwrap()
    }

    #[test]
    fn pure_crates_need_nothing() {
        let workspace = Workspace::read().unwrap();
        for name in ["ticketlens-redact", "ticketlens-ticket", "ticketlens", "xtask"] {
            assert_eq!(needs(name), Needs::default(), "{name}");
            assert!(workspace.needing_nothing().contains(&name), "{name}");
        }
    }

    #[test]
    fn who_stores_needs_the_database_and_no_peer() {
        let engine = Needs { engine: true, programs: false };
        for name in ["ticketlens-engine", "ticketlens-store", "ticketlens-receiver"] {
            assert_eq!(needs(name), engine, "{name}");
            assert!(!Workspace::read().unwrap().needing_nothing().contains(&name), "{name}");
        }
    }

    #[test]
    fn the_flows_and_the_whole_need_everything() {
        let all = Needs { engine: true, programs: true };
        assert_eq!(needs("ticketlens-tests"), all);
        assert_eq!(Workspace::read().unwrap().needs(&[]).unwrap(), all);
    }

    #[test]
    fn an_unknown_crate_is_answered_with_those_there_are() {
        let error = Workspace::read().unwrap().needs(&["redact"]).unwrap_err();
        assert!(error.to_string().contains("ticketlens-redact"), "{error}");
    }

    #[test]
    fn a_test_is_known_by_its_source_and_its_program() {
        let workspace = Workspace::read().unwrap();
        let package = |source, program| workspace.package_of(source, program);
        assert_eq!(package("src/lib.rs", "ticketlens_redact"), Some("ticketlens-redact"));
        assert_eq!(package("tests/corpus.rs", "corpus"), Some("ticketlens-redact"));
        assert_eq!(package("tests/receiver/main.rs", "receiver"), Some("ticketlens-receiver"));
        assert_eq!(package("tests/corpus.rs", "ticketlens_redact"), None);
    }

    #[test]
    fn no_two_programs_of_tests_would_be_taken_for_each_other() {
        let workspace = Workspace::read().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for package in workspace.packages() {
            let folder = Path::new(text(&package["manifest_path"])).parent().unwrap();
            // A build script holds no tests.
            let holds_tests = |target: &&Value| text(&target["kind"][0]) != "custom-build";
            for target in list(&package["targets"]).iter().filter(holds_tests) {
                let source = Path::new(text(&target["src_path"])).strip_prefix(folder).unwrap();
                let name = (text(&target["name"]), source.to_owned());
                assert!(seen.insert(name.clone()), "two crates have {name:?}");
            }
        }
        assert!(seen.len() > 50, "{seen:?}");
    }
}
