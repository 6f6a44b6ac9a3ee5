//! The dashboards of `grafana/dashboards`, as data: what they ask, and how Grafana asks it.

mod answer;
mod back;
mod expansion;
mod front;

use std::{fs, path::Path};

use serde_json::Value;

pub use answer::{Column, Table};
pub use expansion::{Chosen, Expansion};

/// One file.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// The file's name without its ending.
    pub name: String,
    /// The file.
    pub json: Value,
}

/// Who asks a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A panel.
    Panel,
    /// A variable, for what can be chosen.
    Variable,
    /// An annotation.
    Annotation,
}

/// One query of a dashboard.
#[derive(Clone, Debug)]
pub struct Query<'a> {
    /// Dashboard, title, and type of the panel; or the variable's or annotation's name.
    pub name: String,
    /// Who asks it.
    pub asker: Asker,
    /// What the plugin makes of the answer: 0 time series, 1 table, 3 trace.
    pub format: u64,
    /// The query, with macros and variables.
    pub sql: &'a str,
    /// Panel, variable or annotation.
    pub of: &'a Value,
}

impl Dashboard {
    /// All of them, by name.
    ///
    /// # Panics
    ///
    /// If there are none, or one is no JSON.
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../grafana/dashboards");
        let entries = fs::read_dir(folder).expect("a folder of dashboards");
        let mut all: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .map(|path| Self {
                name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
                json: serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON"),
            })
            .collect();
        assert!(!all.is_empty(), "there are dashboards");
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The one of that name.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn named(name: &str) -> Self {
        Self::all().into_iter().find(|one| one.name == name).expect("a dashboard of that name")
    }

    /// What links lead to.
    pub fn uid(&self) -> &str {
        text(&self.json, "uid")
    }

    /// Every panel, also those in closed rows.
    pub fn panels(&self) -> Vec<&Value> {
        list(&self.json, "panels")
            .iter()
            .flat_map(|panel| std::iter::once(panel).chain(list(panel, "panels")))
            .collect()
    }

    /// Its variables.
    pub fn variables(&self) -> &[Value] {
        list(&self.json["templating"], "list")
    }

    /// Its annotations, Grafana's own too.
    pub fn annotations(&self) -> &[Value] {
        list(&self.json["annotations"], "list")
    }

    /// Everything it asks.
    pub fn queries(&self) -> Vec<Query<'_>> {
        let panels = self.panels().into_iter().flat_map(|panel| {
            let name = format!("{}: {} ({})", self.name, text(panel, "title"), text(panel, "type"));
            list(panel, "targets").iter().map(move |target| Query {
                name: name.clone(),
                asker: Asker::Panel,
                format: target["format"].as_u64().unwrap_or_default(),
                sql: text(target, "rawSql"),
                of: panel,
            })
        });
        let variables =
            self.variables().iter().filter(|variable| text(variable, "type") == "query");
        let variables = variables.map(|variable| Query {
            name: format!("{}: ${}", self.name, text(variable, "name")),
            asker: Asker::Variable,
            format: 1,
            sql: text(&variable["query"], "rawSql"),
            of: variable,
        });
        let annotations =
            self.annotations().iter().filter(|one| one["target"]["rawSql"].is_string());
        let annotations = annotations.map(|annotation| Query {
            name: format!("{}: {} (annotation)", self.name, text(annotation, "name")),
            asker: Asker::Annotation,
            format: annotation["target"]["format"].as_u64().unwrap_or_default(),
            sql: text(&annotation["target"], "rawSql"),
            of: annotation,
        });
        panels.chain(variables).chain(annotations).collect()
    }

    /// The links of a panel's fields.
    pub fn field_links(panel: &Value) -> Vec<&Value> {
        let overrides = list(&panel["fieldConfig"], "overrides").iter();
        let overridden = overrides
            .flat_map(|one| list(one, "properties"))
            .filter(|property| property["id"] == "links")
            .flat_map(|property| list(property, "value"));
        list(&panel["fieldConfig"]["defaults"], "links").iter().chain(overridden).collect()
    }

    /// The override of a panel's that has that link.
    ///
    /// # Panics
    ///
    /// If none has it.
    pub fn linked_from<'a>(panel: &'a Value, link: &Value) -> &'a Value {
        let has = |one: &&Value| {
            let mut links = list(one, "properties").iter().filter(|one| one["id"] == "links");
            links.any(|one| list(one, "value").contains(link))
        };
        list(&panel["fieldConfig"], "overrides").iter().find(has).expect("an override with it")
    }
}

/// A text in an object; empty without one.
pub fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap_or_default()
}

/// A list in an object; empty without one.
pub fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map_or(&[], Vec::as_slice)
}
