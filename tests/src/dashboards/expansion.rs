//! A query as it reaches the database: what was chosen put in by the browser, then the macros
//! expanded by the plugin's back end.

use std::collections::BTreeMap;

use super::{Dashboard, back, front, text};

/// What is chosen of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// "All".
    All,
    /// One value, of a variable that has one; or a text box's text.
    One(String),
    /// Values of a variable that may have several.
    Several(Vec<String>),
}

/// A dashboard's state when it asks.
#[derive(Clone, Debug)]
pub struct Expansion {
    /// Start of the time range, Unix milliseconds.
    pub from: i64,
    /// End of the time range, Unix milliseconds.
    pub to: i64,
    /// Milliseconds between two points of a graph.
    pub interval: i64,
    pub(super) chosen: BTreeMap<String, Chosen>,
}

impl Expansion {
    /// A dashboard as it is opened, over a time range: all of everything, text boxes empty.
    pub fn of(dashboard: &Dashboard, from: i64, to: i64) -> Self {
        let initial = |variable: &serde_json::Value| {
            if variable["includeAll"] == true { Chosen::All } else { Chosen::One(String::new()) }
        };
        let variables = dashboard.variables().iter();
        let chosen =
            variables.map(|variable| (text(variable, "name").to_owned(), initial(variable)));
        Self { from, to, interval: 3_600_000, chosen: chosen.collect() }
    }

    /// The same with another choice of that variable.
    ///
    /// # Panics
    ///
    /// If there is no such variable.
    #[must_use]
    pub fn with(mut self, variable: &str, chosen: Chosen) -> Self {
        let had = self.chosen.insert(variable.to_owned(), chosen);
        assert!(had.is_some(), "the dashboard has a variable {variable}");
        self
    }

    /// The same with one value of that variable, which may have several.
    #[must_use]
    pub fn among(self, variable: &str, value: &str) -> Self {
        self.with(variable, Chosen::Several(vec![value.to_owned()]))
    }

    /// The same with that value of a variable that has one.
    #[must_use]
    pub fn one(self, variable: &str, value: &str) -> Self {
        self.with(variable, Chosen::One(value.to_owned()))
    }

    /// The query as the plugin gets it: what was chosen put in, its own macros as they stand.
    pub fn choose(&self, sql: &str) -> String {
        front::expand(sql, &self.chosen)
    }

    /// The query as the database gets it.
    ///
    /// # Errors
    ///
    /// What the plugin's back end says of a macro.
    pub fn expand(&self, sql: &str) -> Result<String, String> {
        back::expand(&self.choose(sql), self)
    }
}
