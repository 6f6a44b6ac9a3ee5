//! The ledger's other half: what a tenant sent by the hour, and what of it was not stored.
//!
//! Counts are of a tenant's life: those of a tenant that was removed are not those of another that
//! was given its name, though a receiver writes them late.

use bytes::Bytes;
use ticketlens_ticket::{Rejections, Timestamp};
use uuid::Uuid;

use crate::{Fault, InsertError, Store, TenantLife, TenantName, micros::micros};

const SECONDS_AN_HOUR: u64 = 3_600;
const SECONDS_A_DAY: u64 = 86_400;

/// What a tenant sent in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Records stored.
    pub records: u64,
    /// Bytes of its requests, decoded.
    pub bytes: u64,
    /// Requests turned away because a limit of the tenant was reached.
    pub throttled: u64,
}

impl Usage {
    /// Adds what was sent besides.
    pub fn add(&mut self, other: Self) {
        self.records = self.records.saturating_add(other.records);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.throttled = self.throttled.saturating_add(other.throttled);
    }

    /// Whether nothing was sent.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is counted of a tenant in some time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// What it sent.
    pub usage: Usage,
    /// Records that were sent and not stored.
    pub rejections: Rejections,
}

impl Store {
    /// Adds to the counts, in the hour of `at`. Give a retry the same token, time and counts: what
    /// was added already is not added twice.
    pub async fn record_counts(
        &self,
        at: Timestamp,
        counts: &[(TenantLife, Counts)],
        token: Uuid,
    ) -> Result<(), InsertError> {
        let (mut used, mut rejected) = (Vec::new(), Vec::new());
        for (life, Counts { usage, rejections }) in counts {
            if !usage.is_empty() {
                text(&mut used, life.name.as_str());
                used.extend(hour_of(at).to_le_bytes());
                used.extend(micros(life.since).to_le_bytes());
                for count in [usage.records, usage.bytes, usage.throttled] {
                    used.extend(count.to_le_bytes());
                }
            }
            rejection_rows(&mut rejected, at, &life.name, micros(life.since), rejections);
        }
        self.add(
            "{store}.usage (tenant, hour, tenant_since, records, bytes, throttled)",
            used,
            token,
        )
        .await?;
        self.add(REJECTIONS, rejected, token).await
    }

    async fn add(&self, columns: &str, rows: Vec<u8>, token: Uuid) -> Result<(), InsertError> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = format!("INSERT INTO {columns} FORMAT RowBinary");
        Ok(self.send(self.named(&sql), &[Bytes::from(rows)], token).await?)
    }

    /// Records stored of each of these tenants on the day of `now`, which began at midnight UTC, in
    /// their order.
    pub async fn records_today(
        &self,
        now: Timestamp,
        lives: &[TenantLife],
    ) -> Result<Vec<u64>, Fault> {
        let names: Vec<_> = lives.iter().map(|life| life.name.as_str()).collect();
        let sql = "SELECT tenant, toUnixTimestamp64Micro(tenant_since) AS since, sum(records) \
                   FROM {store}.usage WHERE tenant IN {names:Array(String)} \
                   AND hour >= {midnight:UInt32} AND hour < {midnight:UInt32} + 86400 \
                   GROUP BY tenant, since";
        let query = self.sql(sql).param("names", names).param("midnight", midnight_of(now));
        let rows: Vec<(String, i64, u64)> = self.in_time(query.fetch_all()).await?;
        let of = |life: &TenantLife| {
            let sent = rows.iter().find(|(name, since, _)| {
                name == life.name.as_str() && *since == micros(life.since)
            });
            sent.map_or(0, |(_, _, records)| *records)
        };
        Ok(lives.iter().map(of).collect())
    }

    /// Deletes what is counted of a tenant, and of those that had its name before.
    pub(crate) async fn forget_counts(&self, tenant: &TenantName) -> Result<(), Fault> {
        for table in ["rejections", "usage"] {
            let sql = format!("DELETE FROM {{store}}.{table} WHERE tenant = {{tenant:String}}");
            let delete = self
                .sql(&sql)
                .param("tenant", tenant.as_str())
                .with_setting("lightweight_deletes_sync", "2")
                .with_setting("wait_end_of_query", "1");
            self.in_time(delete.execute()).await?;
        }
        Ok(())
    }
}

const REJECTIONS: &str = "{store}.rejections (tenant, hour, tenant_since, reason, rejected)";

fn rejection_rows(
    rows: &mut Vec<u8>,
    at: Timestamp,
    tenant: &TenantName,
    since: i64,
    rejections: &Rejections,
) {
    for (reason, count) in rejections.iter() {
        text(rows, tenant.as_str());
        rows.extend(hour_of(at).to_le_bytes());
        rows.extend(since.to_le_bytes());
        text(rows, reason.as_str());
        rows.extend(count.to_le_bytes());
    }
}

/// Start of the hour, in seconds: one row per tenant, reason and hour remains after merges.
fn hour_of(at: Timestamp) -> u32 {
    start_of(SECONDS_AN_HOUR, at)
}

/// Start of the day, in seconds.
fn midnight_of(at: Timestamp) -> u32 {
    start_of(SECONDS_A_DAY, at)
}

fn start_of(span: u64, at: Timestamp) -> u32 {
    let seconds = at.as_unix_nanos() / 1_000_000_000;
    u32::try_from(seconds - seconds % span).unwrap_or(u32::MAX)
}

/// Tenants and reasons are shorter than 128 bytes, so one byte holds their length.
fn text(out: &mut Vec<u8>, text: &str) {
    debug_assert!(text.len() < 128);
    out.extend(u8::try_from(text.len()));
    out.extend_from_slice(text.as_bytes());
}
