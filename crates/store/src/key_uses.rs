//! When keys were last used. Receivers know it in memory, and write it together and seldom.

use std::collections::HashMap;

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use ticketlens_ticket::Timestamp;

use crate::{
    Fault, KeyId, Store,
    micros::{from_micros, micros},
};

#[derive(Row, Serialize, Deserialize)]
struct UseRow {
    key_id: String,
    /// Microseconds since the epoch.
    used_at: i64,
}

impl Store {
    /// Writes when keys were last used, in one insert. An earlier time than is known changes nothing.
    ///
    /// # Errors
    /// When ClickHouse does not take them; write them again with the next.
    pub async fn record_key_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), Fault> {
        if uses.is_empty() {
            return Ok(());
        }
        let row =
            |(id, at): &(KeyId, Timestamp)| UseRow { key_id: id.to_string(), used_at: micros(*at) };
        self.write("{store}.key_uses", &uses.iter().map(row).collect::<Vec<_>>()).await
    }

    /// When each key was last used, as far as it is written; keys of the configuration, too.
    pub(crate) async fn key_uses(&self) -> Result<HashMap<String, Timestamp>, Fault> {
        let sql = "SELECT key_id, max(used_at) AS used_at FROM {store}.key_uses GROUP BY key_id";
        let rows = self.in_time(self.sql(sql).fetch_all::<UseRow>()).await?;
        Ok(rows.into_iter().map(|row| (row.key_id, from_micros(row.used_at))).collect())
    }
}
