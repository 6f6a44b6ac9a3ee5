//! How much of the disk rows take. ClickHouse counts bytes by part, and the rows of all tenants share
//! parts: what some rows take can only be reckoned, as their share of their month's parts.

use std::collections::HashMap;

use clickhouse::Row;
use serde::Deserialize;

use crate::{Fault, Store};

/// Bytes of a trace that is still there.
pub(crate) const TRACE_BYTES: &str = "if(trace_expires_at > now(), trace_bytes, 0)";

/// What a month of tickets takes.
#[derive(Clone, Debug, Row, Deserialize)]
pub(crate) struct MonthOnDisk {
    /// The partition, e.g. `202611`.
    pub(crate) month: String,
    /// Rows, copies of an execution that are not merged yet and expired ones too.
    pub(crate) rows: u64,
    /// Compressed, with indexes.
    pub(crate) on_disk: u64,
    /// Before compression.
    pub(crate) uncompressed: u64,
}

/// Shares of the disk, by month.
#[derive(Debug, Default)]
pub(crate) struct DiskShares(HashMap<String, OfMonth>);

#[derive(Debug)]
struct OfMonth {
    on_disk: f64,
    uncompressed: f64,
    /// Uncompressed bytes of a row beside its trace, on average.
    beside: f64,
}

impl DiskShares {
    /// Bytes on disk of so many rows of a month that hold so many bytes of traces: the share of the
    /// month's bytes that they have before compression. The shares of all rows add up to the whole.
    pub(crate) fn of(&self, month: &str, rows: u64, traces: u64) -> u64 {
        let Some(all) = self.0.get(month).filter(|all| all.uncompressed > 0.0) else { return 0 };
        as_bytes(all.on_disk * (all.weight(rows, traces) / all.uncompressed).min(1.0))
    }

    /// The same before compression.
    pub(crate) fn uncompressed(&self, month: &str, rows: u64, traces: u64) -> u64 {
        self.0.get(month).map_or(0, |all| as_bytes(all.weight(rows, traces)))
    }
}

impl OfMonth {
    fn weight(&self, rows: u64, traces: u64) -> f64 {
        as_f64(traces) + as_f64(rows) * self.beside
    }
}

impl Store {
    /// What each month of tickets takes: exact, from ClickHouse's own list of parts.
    pub(crate) async fn months_on_disk(&self) -> Result<Vec<MonthOnDisk>, Fault> {
        let sql = "SELECT partition_id AS month, sum(rows) AS rows, sum(bytes_on_disk) AS on_disk, \
                   sum(data_uncompressed_bytes) AS uncompressed FROM system.parts \
                   WHERE database = {database:String} AND table = 'tickets' AND active \
                   GROUP BY month ORDER BY month";
        let query = self.sql(sql).param("database", &*self.tables);
        self.in_time(query.fetch_all()).await
    }

    /// Reckons shares from what each month takes and from the traces in it.
    pub(crate) async fn disk_shares(&self, months: &[MonthOnDisk]) -> Result<DiskShares, Fault> {
        let sql = format!(
            "SELECT _partition_id AS month, sum({TRACE_BYTES}) FROM {{store}}.tickets GROUP BY month"
        );
        let traces: Vec<(String, u64)> = self.in_time(self.sql(&sql).fetch_all()).await?;
        let traces: HashMap<_, _> = traces.into_iter().collect();
        let of = |month: &MonthOnDisk| {
            let traces = as_f64(traces.get(&month.month).copied().unwrap_or_default());
            // What a merge has not taken away yet may be less than what is due.
            let uncompressed = as_f64(month.uncompressed).max(traces);
            let beside = (uncompressed - traces) / as_f64(month.rows).max(1.0);
            (month.month.clone(), OfMonth { on_disk: as_f64(month.on_disk), uncompressed, beside })
        };
        Ok(DiskShares(months.iter().map(of).collect()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
pub(crate) fn as_f64(n: u64) -> f64 {
    n as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
pub(crate) fn as_bytes(bytes: f64) -> u64 {
    bytes.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_the_whole() {
        let month = OfMonth { on_disk: 1_000.0, uncompressed: 10_000.0, beside: 20.0 };
        let shares = DiskShares([("202611".to_owned(), month)].into());
        // 100 rows, 8,000 bytes of traces and 2,000 beside.
        let (many, few) = (shares.of("202611", 90, 1_000), shares.of("202611", 10, 7_000));
        assert_eq!((many, few, many + few), (280, 720, 1_000));
        assert_eq!(shares.of("202611", 1_000_000, 0), 1_000, "never more than there is");
        assert_eq!(shares.of("202612", 1, 1), 0);
    }
}
