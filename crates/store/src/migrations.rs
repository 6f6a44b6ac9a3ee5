//! Numbered SQL files, run in order, once, and recorded with a checksum.
//!
//! Every statement may be run twice (`IF NOT EXISTS`, `CREATE OR REPLACE`), so two receivers that
//! start at once, or one that died half way, need no lock. A migration that was applied never
//! changes: a checksum that differs is an error, and the next change is a new file.

use clickhouse::Row;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

mod script;

use crate::{Fault, Store, rows::Table};

/// One numbered file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its place in the order, from 1.
    pub number: u32,
    /// What it is for, in a word.
    pub name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "tables", sql: include_str!("../migrations/0001_tables.sql") },
    Migration { number: 2, name: "views", sql: include_str!("../migrations/0002_views.sql") },
    Migration {
        number: 3,
        name: "tenant_privacy",
        sql: include_str!("../migrations/0003_tenant_privacy.sql"),
    },
    Migration {
        number: 4,
        name: "step_views",
        sql: include_str!("../migrations/0004_step_views.sql"),
    },
    Migration {
        number: 5,
        name: "tenant_limits",
        sql: include_str!("../migrations/0005_tenant_limits.sql"),
    },
    Migration {
        number: 6,
        name: "detectors",
        sql: include_str!("../migrations/0006_detectors.sql"),
    },
    Migration { number: 7, name: "subject", sql: include_str!("../migrations/0007_subject.sql") },
    Migration { number: 8, name: "audit", sql: include_str!("../migrations/0008_audit.sql") },
    Migration { number: 9, name: "key_uses", sql: include_str!("../migrations/0009_key_uses.sql") },
    Migration {
        number: 10,
        name: "key_lengths",
        sql: include_str!("../migrations/0010_key_lengths.sql"),
    },
    Migration {
        number: 11,
        name: "open_tickets",
        sql: include_str!("../migrations/0011_open_tickets.sql"),
    },
    Migration {
        number: 12,
        name: "request_id",
        sql: include_str!("../migrations/0012_request_id.sql"),
    },
    Migration {
        number: 13,
        name: "feedback",
        sql: include_str!("../migrations/0013_feedback.sql"),
    },
    Migration { number: 14, name: "costs", sql: include_str!("../migrations/0014_costs.sql") },
    Migration { number: 15, name: "value", sql: include_str!("../migrations/0015_value.sql") },
    Migration { number: 16, name: "prices", sql: include_str!("../migrations/0016_prices.sql") },
];

/// The table that records migrations has to be there before the first.
const RECORD: &str = include_str!("../migrations/record.sql");

/// Why the schema could not be brought up to date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// Reading or writing the record failed.
    #[error("the record of migrations cannot be read or written")]
    Record(#[source] Fault),
    /// A statement failed.
    #[error("migration {number} ({name}), statement {statement}, failed")]
    Statement {
        /// The migration's number.
        number: u32,
        /// The migration's name.
        name: &'static str,
        /// Which of its statements, from 1.
        statement: usize,
        /// Why.
        source: Fault,
    },
    /// An applied migration is not the one this program has.
    #[error(
        "migration {number} was applied in another form than this program's; was it changed after a release?"
    )]
    Changed {
        /// The migration's number.
        number: u32,
    },
    /// The database is ahead of this program.
    #[error(
        "migration {number} was applied and is unknown to this program, which is older than the database"
    )]
    Newer {
        /// The migration's number.
        number: u32,
    },
    /// Setting how durable inserts are failed.
    #[error("the durability of inserts cannot be set")]
    Durability(#[source] Fault),
    /// Making or dropping the index for searches failed.
    #[error(
        "the index for searches cannot be made or dropped; `clickhouse.search_index = false` does without"
    )]
    SearchIndex(#[source] Fault),
}

impl MigrateError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Record(fault) | Self::Durability(fault) | Self::SearchIndex(fault) => {
                fault.is_retryable()
            }
            Self::Statement { source, .. } => source.is_retryable(),
            Self::Changed { .. } | Self::Newer { .. } => false,
        }
    }
}

#[derive(Row, Serialize, Deserialize)]
struct Applied {
    number: u32,
    name: String,
    checksum: String,
}

impl Migration {
    /// SHA-256 of the file as it stands, before names are filled in, in hex.
    fn checksum(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.sql))
    }
}

impl Store {
    /// The migrations that were not applied yet, in order. Changes nothing.
    pub async fn pending(&self) -> Result<Vec<Migration>, MigrateError> {
        let applied = match self.applied().await {
            Err(fault) if fault.is_not_migrated() => Vec::new(),
            applied => applied.map_err(MigrateError::Record)?,
        };
        pending(MIGRATIONS, &applied)
    }

    /// Brings both databases up to date and returns what was applied. Does nothing the second time.
    pub async fn migrate(&self) -> Result<Vec<Migration>, MigrateError> {
        for statement in script::statements(RECORD) {
            self.run(&statement).await.map_err(MigrateError::Record)?;
        }
        let pending = self.pending().await?;
        for migration in &pending {
            self.apply(migration).await?;
        }
        self.set_durability().await.map_err(MigrateError::Durability)?;
        self.set_search_index().await.map_err(MigrateError::SearchIndex)?;
        Ok(pending)
    }

    async fn apply(&self, migration: &Migration) -> Result<(), MigrateError> {
        let &Migration { number, name, sql } = migration;
        for (n, statement) in script::statements(sql).iter().enumerate() {
            self.run(statement).await.map_err(|source| MigrateError::Statement {
                number,
                name,
                statement: n + 1,
                source,
            })?;
        }
        let row = Applied { number, name: name.to_owned(), checksum: migration.checksum() };
        self.write("{store}.migrations", &[row]).await.map_err(MigrateError::Record)
    }

    async fn applied(&self) -> Result<Vec<Applied>, Fault> {
        let sql = "SELECT number, name, checksum FROM {store}.migrations FINAL ORDER BY number";
        self.in_time(self.sql(sql).fetch_all::<Applied>()).await
    }

    /// `fsync` belongs to the table, not to the insert.
    async fn set_durability(&self) -> Result<(), Fault> {
        let wanted = u8::from(self.config.fsync);
        let sql = "SELECT name, engine_full FROM system.tables WHERE database = {database:String}";
        let query = self.sql(sql).param("database", &*self.tables);
        let engines: Vec<(String, String)> = self.in_time(query.fetch_all()).await?;
        for table in Table::ALL {
            let name = table.name();
            let is_set = |engine: &str| engine.contains("fsync_after_insert = 1");
            if engines.iter().any(|(of, engine)| of == name && is_set(engine) != self.config.fsync)
            {
                self.run(&format!(
                    "ALTER TABLE {{store}}.{name} MODIFY SETTING \
                     fsync_after_insert = {wanted}, fsync_part_directory = {wanted}"
                ))
                .await?;
            }
        }
        Ok(())
    }
}

fn pending(known: &[Migration], applied: &[Applied]) -> Result<Vec<Migration>, MigrateError> {
    for row in applied {
        let number = row.number;
        let Some(migration) = known.iter().find(|m| m.number == number) else {
            return Err(MigrateError::Newer { number });
        };
        if migration.checksum() != row.checksum {
            return Err(MigrateError::Changed { number });
        }
    }
    let is_new = |m: &&Migration| applied.iter().all(|row| row.number != m.number);
    Ok(known.iter().filter(is_new).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(migration: &Migration) -> Applied {
        let name = migration.name.to_owned();
        Applied { number: migration.number, name, checksum: migration.checksum() }
    }

    #[test]
    fn numbers_count_up_from_one() {
        for (n, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number as usize, n + 1);
        }
    }

    #[test]
    fn what_was_applied_is_not_pending() {
        let first = applied(&MIGRATIONS[0]);
        let left = pending(MIGRATIONS, &[first]).unwrap();
        assert_eq!(left, MIGRATIONS[1..]);
    }

    #[test]
    fn a_changed_migration_and_a_newer_database_are_refused() {
        let mut changed = applied(&MIGRATIONS[0]);
        changed.checksum = "0".repeat(64);
        assert_eq!(pending(MIGRATIONS, &[changed]), Err(MigrateError::Changed { number: 1 }));
        let newer = Applied { number: 999, ..applied(&MIGRATIONS[0]) };
        assert_eq!(pending(MIGRATIONS, &[newer]), Err(MigrateError::Newer { number: 999 }));
    }

    /// What a view reads of these tables is of present tenants, and the API's own query says it in
    /// the same words.
    #[test]
    fn no_view_shows_the_rows_of_a_former_tenant() {
        let latest: std::collections::BTreeMap<_, _> = MIGRATIONS
            .iter()
            .flat_map(|migration| script::statements(migration.sql))
            .filter(|statement| statement.contains(" VIEW "))
            .map(|statement| (statement.split_whitespace().nth(4).map(str::to_owned), statement))
            .collect();
        assert_eq!(latest.len(), 13);
        let mut held = 0;
        for (view, statement) in latest {
            let tables = [
                "{store}.tickets",
                "{store}.rejections",
                "{store}.usage",
                "{store}.feedback",
                "{store}.value_rates",
            ];
            if tables.iter().any(|table| statement.contains(table)) {
                assert!(statement.contains(crate::tenant_table::OF_A_PRESENT_TENANT), "{view:?}");
                held += 1;
            }
        }
        assert_eq!(held, 10);
    }

    #[test]
    fn every_statement_can_be_run_twice() {
        let texts = MIGRATIONS.iter().map(|m| m.sql).chain([RECORD]);
        let statements: Vec<_> = texts.flat_map(script::statements).collect();
        assert!(statements.len() > MIGRATIONS.len(), "{statements:?}");
        for statement in statements {
            let safe = ["IF NOT EXISTS", "CREATE OR REPLACE", "WHERE (SELECT count() FROM"];
            assert!(safe.iter().any(|words| statement.contains(words)), "{statement}");
        }
    }
}
