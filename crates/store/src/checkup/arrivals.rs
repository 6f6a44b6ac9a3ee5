//! What came and did not come: gaps in the ledger, records that were rejected, executions that were stored
//! more than once.

use clickhouse::Row;
use serde::Deserialize;

use crate::{Fault, Store};

/// Tickets of the last day that the ledger misses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Row, Deserialize)]
pub struct Gaps {
    /// Processes with gaps.
    pub processes: u64,
    /// Tickets that are missing.
    pub missing: u64,
    /// Whose, at most ten.
    pub tenants: Vec<String>,
}

/// Tickets that processes had begun which have sent nothing for an hour, and did within the last day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Row, Deserialize)]
pub struct OpenLeft {
    /// Such processes.
    pub processes: u64,
    /// Tickets they had open.
    pub open: u64,
    /// Whose, at most ten.
    pub tenants: Vec<String>,
}

/// Records that were sent and not stored.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct Rejected {
    /// Why.
    pub reason: String,
    /// How many.
    pub records: u64,
    /// Whose, at most ten.
    pub tenants: Vec<String>,
}

/// Rows of the last hour, before merges take copies of an execution away: at least so many came twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Row, Deserialize)]
pub struct Copies {
    /// Rows.
    pub rows: u64,
    /// Executions they are of.
    pub executions: u64,
    /// Whose came more than once, at most ten, those with most copies first.
    pub tenants: Vec<String>,
}

impl Store {
    /// Gaps in the sequences of processes that sent something within a day. Erased tickets are gaps, too.
    pub async fn gaps_of_a_day(&self) -> Result<Gaps, Fault> {
        let sql = "SELECT count() AS processes, sum(process.missing) AS missing, \
                   arraySort(groupUniqArray(10)(toString(tenant))) AS tenants \
                   FROM {views}.ledger AS process WHERE process.missing > 0 AND last_seen > now() - INTERVAL 1 DAY";
        self.in_time(self.select(sql).fetch_one()).await
    }

    /// What processes had open that seem to be gone.
    pub async fn left_open(&self) -> Result<OpenLeft, Fault> {
        let sql = "SELECT count() AS processes, sum(assumeNotNull(process.open)) AS open, \
                   arraySort(groupUniqArray(10)(toString(tenant))) AS tenants \
                   FROM {views}.ledger AS process WHERE process.open > 0 AND last_seen < now() - INTERVAL 1 HOUR \
                   AND last_seen > now() - INTERVAL 1 DAY";
        self.in_time(self.select(sql).fetch_one()).await
    }

    /// Rejections since the last full hour but one: counts are kept by the hour. Most frequent first.
    pub async fn rejected_lately(&self) -> Result<Vec<Rejected>, Fault> {
        let sql = "SELECT toString(counted.reason) AS reason, sum(rejected) AS records, \
                   arraySort(groupUniqArray(10)(toString(tenant))) AS tenants \
                   FROM {views}.rejections AS counted WHERE hour >= toStartOfHour(now() - INTERVAL 1 HOUR) \
                   GROUP BY reason ORDER BY records DESC, reason LIMIT 20";
        self.in_time(self.select(sql).fetch_all()).await
    }

    /// Rows and executions received within an hour, copies not yet merged away. Needs the table itself:
    /// no view shows an execution twice.
    pub async fn copies_of_an_hour(&self) -> Result<Copies, Fault> {
        let sql = "SELECT sum(of.rows) AS rows, sum(of.executions) AS executions, \
                   arraySlice(arrayMap(most -> most.2, arrayReverseSort(groupArrayIf(\
                   (of.rows - of.executions, of.tenant), of.rows > of.executions))), 1, 10) AS tenants \
                   FROM (SELECT toString(tenant) AS tenant, count() AS rows, \
                   uniqExact(execution_id) AS executions FROM {store}.tickets \
                   WHERE received_at > now() - INTERVAL 1 HOUR GROUP BY tenant) AS of";
        self.in_time(self.select(sql).fetch_one()).await
    }
}
