//! The server itself: its clock, the settings our login gets, its parts.

use clickhouse::Row;
use serde::Deserialize;
use ticketlens_ticket::Timestamp;

use crate::{Fault, Store, micros::from_micros};

/// Settings that hold for our login before a query says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSettings {
    /// 0: anything; 1 and 2: nothing may be written.
    pub readonly: u64,
    /// Partitions (months) that one insert may write to; 0: any number.
    pub max_partitions_per_insert_block: u64,
    /// Seconds that a query may take; 0: any time.
    pub max_execution_time: u64,
    /// Bytes that a query may take; 0: as many as the server has.
    pub max_memory_usage: u64,
    /// Whether nobody may have an insert wait for its commit.
    pub async_insert_is_fixed: bool,
}

/// How many parts there are where they are most, and what the server bears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The table with the most in one partition.
    pub table: String,
    /// That partition, e.g. `202611`.
    pub partition: String,
    /// Active parts in it.
    pub most: u64,
    /// From so many on inserts are refused; absent where the login may not see it.
    pub refused_from: Option<u64>,
}

/// Parts that ClickHouse has put aside, by its reason; an empty reason is a person's own doing.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct DetachedParts {
    /// Of which table.
    pub table: String,
    /// Why, e.g. `broken-on-start`.
    pub reason: String,
    /// How many.
    pub parts: u64,
}

/// The server's clock, and ours around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// What it said.
    pub at: Timestamp,
    /// Our clock before it was asked.
    pub before: Timestamp,
    /// Our clock after it had answered.
    pub after: Timestamp,
}

#[derive(Row, Deserialize)]
struct SettingRow {
    name: String,
    value: String,
    readonly: u8,
}

#[derive(Row, Deserialize)]
struct Crowd {
    table: String,
    partition: String,
    most: u64,
}

impl Store {
    /// The server's clock.
    pub async fn clock(&self) -> Result<ClockReading, Fault> {
        let before = Timestamp::now();
        let now = self.sql("SELECT toUnixTimestamp64Micro(now64(6))").fetch_one::<i64>();
        let at = from_micros(self.in_time(now).await?);
        Ok(ClockReading { at, before, after: Timestamp::now() })
    }

    /// The settings of our login that inserts and queries depend on.
    pub async fn settings_in_force(&self) -> Result<ServerSettings, Fault> {
        let sql = "SELECT name, value, toUInt8(readonly) AS readonly FROM system.settings \
                   WHERE name IN ('readonly', 'max_partitions_per_insert_block', \
                   'max_execution_time', 'max_memory_usage', 'async_insert')";
        let rows = self.in_time(self.sql(sql).fetch_all::<SettingRow>()).await?;
        let mut settings = ServerSettings::default();
        for SettingRow { name, value, readonly } in rows {
            // Seconds may have a fraction.
            let number = value.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(0);
            match name.as_str() {
                "readonly" => settings.readonly = number,
                "max_partitions_per_insert_block" => {
                    settings.max_partitions_per_insert_block = number;
                }
                "max_execution_time" => settings.max_execution_time = number,
                "max_memory_usage" => settings.max_memory_usage = number,
                // Whoever forces what we want does no harm.
                "async_insert" => settings.async_insert_is_fixed = readonly == 1 && number != 0,
                _ => {}
            }
        }
        Ok(settings)
    }

    /// Where parts are most in one partition; `None` where there are none.
    pub async fn most_parts(&self) -> Result<Option<Parts>, Fault> {
        let sql = "SELECT table, partition_id AS partition, count() AS most FROM system.parts \
                   WHERE database = {database:String} AND active \
                   GROUP BY table, partition ORDER BY most DESC, table LIMIT 1";
        let query = self.sql(sql).param("database", &*self.tables);
        let Some(crowd) = self.in_time(query.fetch_optional::<Crowd>()).await? else {
            return Ok(None);
        };
        let limit = "SELECT toUInt64OrZero(value) FROM system.merge_tree_settings \
                     WHERE name = 'parts_to_throw_insert'";
        let refused_from = match self.in_time(self.sql(limit).fetch_optional::<u64>()).await {
            Err(fault) if fault.is_denied() => None,
            limit => limit?.filter(|limit| *limit > 0),
        };
        let Crowd { table, partition, most } = crowd;
        Ok(Some(Parts { table, partition, most, refused_from }))
    }

    /// Parts of our tables that are on the disk and belong to no table any more; a reason may be
    /// anything, and most parts are told first.
    pub async fn detached_parts(&self) -> Result<Vec<DetachedParts>, Fault> {
        let sql = "SELECT table, ifNull(reason, '') AS reason, count() AS parts \
                   FROM system.detached_parts WHERE database = {database:String} \
                   GROUP BY table, reason ORDER BY parts DESC, table, reason LIMIT 20";
        self.in_time(self.sql(sql).param("database", &*self.tables).fetch_all()).await
    }
}
