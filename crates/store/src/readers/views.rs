//! A reader's database: the contract's views once more, run as the reader's definer.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Row;
use serde::Deserialize;

use super::{
    error::{ReaderError, failed},
    quoting::{identifier, literal},
    reader::Reader,
};
use crate::{Fault, Store};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Everything was as it should be.
    Unchanged,
    /// Something was brought up to date.
    Updated,
    /// It is new.
    Made,
    /// It is gone.
    Removed,
}

#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
struct ColumnRow {
    database: String,
    view: String,
    name: String,
    sql_type: String,
    comment: String,
}

impl ColumnRow {
    fn is_like(&self, other: &Self) -> bool {
        (&self.name, &self.sql_type, &self.comment)
            == (&other.name, &other.sql_type, &other.comment)
    }
}

/// Views by name, with their columns in order.
type Views = BTreeMap<String, Vec<ColumnRow>>;

#[derive(Row, Deserialize)]
struct DefinitionRow {
    name: String,
    definition: String,
    selects: String,
}

impl Store {
    /// Makes the reader's database and its views, or brings them up to date with the contract: what
    /// a later migration adds follows, what it takes away goes. Does nothing the second time.
    ///
    /// # Errors
    /// [`ReaderError`]; never are views made for a definer that no policy holds to its rows.
    pub async fn publish_views(&self, reader: &Reader) -> Result<Change, ReaderError> {
        let exists = self.has_own_database(reader).await?;
        self.check_policies(reader).await?;
        let source = reader.source().views();
        let mut views = self.views_of(&[source, reader.name()]).await?;
        let contract = views.remove(source).unwrap_or_default();
        if contract.is_empty() {
            return Err(ReaderError::NotMigrated(reader.source().clone()));
        }
        let there = views.remove(reader.name()).unwrap_or_default();
        let mut change = Change::Unchanged;
        if !exists {
            self.run(&create_database(reader)).await.map_err(failed("making the database"))?;
            change = Change::Made;
        }
        let sound = self.sound_views(reader).await?;
        for (view, columns) in &contract {
            let same = there.get(view).is_some_and(|there| {
                there.len() == columns.len()
                    && there.iter().zip(columns).all(|(one, other)| one.is_like(other))
            });
            if !same || !sound.contains(view) {
                let statement = create_view(reader, view, columns);
                self.run(&statement).await.map_err(failed("making a view"))?;
                change = change.max(Change::Updated);
            }
        }
        for view in there.keys().filter(|view| !contract.contains_key(*view)) {
            self.run(&drop_view(reader, view)).await.map_err(failed("dropping a view"))?;
            change = change.max(Change::Updated);
        }
        Ok(change)
    }

    /// Drops the reader's database with its views.
    ///
    /// # Errors
    /// [`ReaderError::Taken`] where somebody else made it, and when ClickHouse does not do it.
    pub async fn withdraw_views(&self, reader: &Reader) -> Result<Change, ReaderError> {
        if !self.has_own_database(reader).await? {
            return Ok(Change::Unchanged);
        }
        self.run(&drop_database(reader)).await.map_err(failed("dropping the database"))?;
        Ok(Change::Removed)
    }

    /// Every reader that has a database here, of removed tenants too.
    ///
    /// # Errors
    /// When ClickHouse does not answer.
    pub async fn published_readers(&self) -> Result<Vec<Reader>, ReaderError> {
        let sql = "SELECT name, comment FROM system.databases ORDER BY name";
        let rows: Vec<(String, String)> = self
            .in_time(self.sql(sql).fetch_all())
            .await
            .map_err(failed("reading the databases"))?;
        let ours = |(name, mark): (String, String)| {
            Reader::of_mark(&self.config.database, &mark).filter(|reader| reader.name() == name)
        };
        Ok(rows.into_iter().filter_map(ours).collect())
    }

    /// Whether the reader's database is there, and ours.
    async fn has_own_database(&self, reader: &Reader) -> Result<bool, ReaderError> {
        let sql = "SELECT comment FROM system.databases WHERE name = {name:String}";
        let query = self.sql(sql).param("name", reader.name());
        let comment = self.in_time(query.fetch_optional::<String>()).await;
        match comment.map_err(failed("reading the databases"))? {
            None => Ok(false),
            Some(comment) if comment == reader.mark() => Ok(true),
            Some(_) => Err(ReaderError::Taken(reader.name().to_owned())),
        }
    }

    async fn views_of(&self, databases: &[&str]) -> Result<BTreeMap<String, Views>, ReaderError> {
        let sql = "SELECT database, table AS view, name, type AS sql_type, comment \
                   FROM system.columns WHERE database IN {databases:Array(String)} AND table IN \
                   (SELECT name FROM system.tables \
                    WHERE database IN {databases:Array(String)} AND engine = 'View') \
                   ORDER BY database, table, position";
        let query = self.sql(sql).param("databases", databases);
        let rows: Vec<ColumnRow> =
            self.in_time(query.fetch_all()).await.map_err(failed("reading the views"))?;
        let mut databases: BTreeMap<String, Views> = BTreeMap::new();
        for row in rows {
            let views = databases.entry(row.database.clone()).or_default();
            views.entry(row.view.clone()).or_default().push(row);
        }
        Ok(databases)
    }

    /// The views that run as this definer and select from the contract.
    async fn sound_views(&self, reader: &Reader) -> Result<BTreeSet<String>, ReaderError> {
        let sql = "SELECT name, create_table_query AS definition, as_select AS selects \
                   FROM system.tables WHERE database = {database:String} AND engine = 'View'";
        let query = self.sql(sql).param("database", reader.name());
        let rows: Result<Vec<DefinitionRow>, Fault> = self.in_time(query.fetch_all()).await;
        let runs_as = format!(" DEFINER = {} SQL SECURITY DEFINER AS SELECT ", reader.definer());
        let is_sound = |row: &DefinitionRow| {
            let from = format!(" FROM {}.{}", reader.source(), row.name);
            row.definition.contains(&runs_as) && row.selects.ends_with(&from)
        };
        let rows = rows.map_err(failed("reading the views"))?;
        Ok(rows.into_iter().filter(is_sound).map(|row| row.name).collect())
    }
}

fn create_database(reader: &Reader) -> String {
    format!(
        "CREATE DATABASE IF NOT EXISTS {} {{on_cluster}} COMMENT {}",
        reader.name(),
        literal(&reader.mark())
    )
}

fn drop_database(reader: &Reader) -> String {
    format!("DROP DATABASE IF EXISTS {} {{on_cluster}} SYNC", reader.name())
}

fn create_view(reader: &Reader, view: &str, columns: &[ColumnRow]) -> String {
    let view = identifier(view);
    let declared: Vec<_> = columns
        .iter()
        .map(|c| format!("{} {} COMMENT {}", identifier(&c.name), c.sql_type, literal(&c.comment)))
        .collect();
    let selected: Vec<_> = columns.iter().map(|c| identifier(&c.name)).collect();
    format!(
        "CREATE OR REPLACE VIEW {name}.{view} {{on_cluster}} ({}) \
         DEFINER = {definer} SQL SECURITY DEFINER AS SELECT {} FROM {source}.{view}",
        declared.join(", "),
        selected.join(", "),
        name = reader.name(),
        definer = reader.definer(),
        source = reader.source(),
    )
}

fn drop_view(reader: &Reader, view: &str) -> String {
    format!("DROP VIEW IF EXISTS {}.{} {{on_cluster}} SYNC", reader.name(), identifier(view))
}
