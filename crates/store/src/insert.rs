//! One insert per commit: rows that are ready made, sent from shared chunks.

use bytes::Bytes;
use clickhouse::{Compression, Row};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    Fault, Store,
    rows::{Column, Table},
    search_index::SEARCH_INDEX,
};

/// With compression a chunk is compressed in one go; a smaller piece keeps the thread free.
const COMPRESSED_PIECE: usize = 1024 * 1024;

/// Why rows could not be inserted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rows are not committed")]
pub struct InsertError(#[from] Fault);

impl InsertError {
    /// Whether the same chunks with the same token may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        self.0.is_retryable()
    }

    /// Whether the rows themselves are refused. Otherwise a final error is the operator's to mend.
    pub fn blames_the_data(&self) -> bool {
        self.0.blames_the_data()
    }

    /// What happened.
    pub fn fault(&self) -> &Fault {
        &self.0
    }
}

/// Why the table can't take this program's rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnsError {
    /// They could not be read.
    #[error("the columns of the tables cannot be read")]
    Query(#[source] Fault),
    /// A table is not there.
    #[error("there is no {0} table; run the migrations")]
    NotMigrated(&'static str),
    /// Columns are missing or have other types.
    #[error("the {table} table differs from what this program writes in: {}", .columns.join(", "))]
    Mismatch {
        /// The table.
        table: &'static str,
        /// The columns.
        columns: Vec<&'static str>,
    },
}

impl ColumnsError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Query(fault) if fault.is_retryable())
    }
}

impl Store {
    /// Inserts the rows that were written for this table into `chunks` (a row may span two), in one
    /// statement. Returns when ClickHouse has committed them. The chunks are shared, not copied.
    ///
    /// Give a retry **the same chunks and the same token**: replicated tables then don't store
    /// twice what is already there, and lose other rows under the same token. Plain tables don't
    /// look at it (the migration says why); there copies are merged, and never read twice.
    pub async fn insert(
        &self,
        table: Table,
        chunks: &[Bytes],
        token: Uuid,
    ) -> Result<(), InsertError> {
        if chunks.iter().all(Bytes::is_empty) {
            return Ok(());
        }
        let statement = self.named(&table.insert_statement());
        Ok(self.send(statement, chunks, token).await?)
    }

    pub(crate) async fn send(
        &self,
        statement: String,
        chunks: &[Bytes],
        token: Uuid,
    ) -> Result<(), Fault> {
        let compresses = self.compresses();
        let compression = if compresses { Compression::Lz4 } else { Compression::None };
        let wait = Some(self.config.query_timeout);
        let mut insert = self
            .client
            .clone()
            .with_compression(compression)
            .insert_formatted_with(statement)
            .with_setting("wait_end_of_query", "1")
            .with_setting("insert_deduplicate", "1")
            .with_setting("insert_deduplication_token", token.to_string())
            // The default of 100 would let one sender with odd clocks refuse everyone's rows.
            .with_setting("max_partitions_per_insert_block", "0")
            .with_timeouts(wait, wait);
        if self.config.search_index {
            // Merges make it: an insert would take several times as long.
            insert =
                insert.with_setting("exclude_materialize_skip_indexes_on_insert", SEARCH_INDEX);
        }
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            let piece = if compresses { COMPRESSED_PIECE } else { chunk.len() };
            for start in (0..chunk.len()).step_by(piece) {
                let sent = insert.send(chunk.slice(start..chunk.len().min(start + piece))).await;
                self.fault_counted(sent)?;
            }
        }
        self.fault_counted(insert.end().await)
    }

    /// Compares the tables with what this program writes. Once, before the first insert: RowBinary
    /// carries no types, and a shifted column would be stored as nonsense.
    pub async fn check_columns(&self) -> Result<(), ColumnsError> {
        for table in Table::ALL {
            self.check_columns_of(table).await?;
        }
        Ok(())
    }

    async fn check_columns_of(&self, table: Table) -> Result<(), ColumnsError> {
        let sql = "SELECT name, type FROM system.columns \
                   WHERE database = {database:String} AND table = {table:String}";
        let query = self.sql(sql).param("database", &*self.tables).param("table", table.name());
        let found: Vec<(String, String)> =
            self.in_time(query.fetch_all()).await.map_err(ColumnsError::Query)?;
        if found.is_empty() {
            return Err(ColumnsError::NotMigrated(table.name()));
        }
        // A column more is fine: a newer version's, with a default.
        let has = |column: &Column| {
            found.iter().any(|(name, sql_type)| name == column.name && sql_type == column.sql_type)
        };
        let columns = table.columns().iter();
        let differing: Vec<_> = columns.filter(|c| !has(c)).map(|c| c.name).collect();
        if differing.is_empty() {
            Ok(())
        } else {
            Err(ColumnsError::Mismatch { table: table.name(), columns: differing })
        }
    }

    /// Writes a few rows of one of the small tables.
    pub(crate) async fn write<T>(&self, table: &str, rows: &[T]) -> Result<(), Fault>
    where
        T: Row + Serialize + DeserializeOwned + for<'a> Row<Value<'a> = T>,
    {
        let table = self.named(table);
        self.in_time(async {
            let mut insert = self
                .client
                .insert_unescaped::<T>(&table)
                .await?
                .with_setting("wait_end_of_query", "1");
            for row in rows {
                insert.write(row).await?;
            }
            insert.end().await
        })
        .await
    }
}
