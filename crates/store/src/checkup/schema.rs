//! Whether our tables are what this program knows.

use crate::{ColumnsError, Fault, MigrateError, Migration, Store};

/// How our tables compare with the migrations of the program that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// What it would apply, in order; nothing where they are up to date.
    Pending(Vec<PendingMigration>),
    /// This one was applied, and the program does not know it: it is older than the tables.
    Newer {
        /// Its number.
        number: u32,
    },
    /// This one was applied in another form than the program's.
    Changed {
        /// Its number.
        number: u32,
    },
}

/// A migration that is not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingMigration {
    /// Its place in the order.
    pub number: u32,
    /// What it is for, in a word.
    pub name: String,
}

impl From<Migration> for PendingMigration {
    fn from(Migration { number, name, .. }: Migration) -> Self {
        Self { number, name: name.to_owned() }
    }
}

/// ClickHouse's word for a table that is not there.
const UNKNOWN_TABLE: u32 = 60;

impl Store {
    /// The columns of the first table that are not as this program writes them, as `table.column`, as a
    /// start of the receiver finds them; a table that is not there is a fault.
    pub async fn differing_columns(&self) -> Result<Vec<String>, Fault> {
        match self.check_columns().await {
            Ok(()) => Ok(Vec::new()),
            // Of a list of this program's own: bounded, and no text of anybody's.
            Err(ColumnsError::Mismatch { table, columns }) => {
                Ok(columns.into_iter().map(|column| format!("{table}.{column}")).collect())
            }
            Err(ColumnsError::NotMigrated(_)) => {
                Err(Fault::Refused { code: UNKNOWN_TABLE, name: "UNKNOWN_TABLE".to_owned() })
            }
            Err(ColumnsError::Query(fault)) => Err(fault),
        }
    }

    /// How our tables compare with this program's migrations. Changes nothing.
    pub async fn schema_state(&self) -> Result<SchemaState, Fault> {
        match self.pending().await {
            Ok(pending) => Ok(SchemaState::Pending(pending.into_iter().map(Into::into).collect())),
            Err(MigrateError::Newer { number }) => Ok(SchemaState::Newer { number }),
            Err(MigrateError::Changed { number }) => Ok(SchemaState::Changed { number }),
            Err(
                MigrateError::Record(fault)
                | MigrateError::Statement { source: fault, .. }
                | MigrateError::Durability(fault)
                | MigrateError::SearchIndex(fault),
            ) => Err(fault),
        }
    }
}
