//! Who was turned away: keys that may not do what they asked for, and tenants over a limit of theirs.

use clickhouse::Row;
use serde::Deserialize;

use crate::{Fault, Store};

/// A key that was right, and was refused.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct RefusedKey {
    /// Its id.
    pub key_id: String,
    /// Whose it is; empty for nobody's.
    pub tenant: String,
    /// What it may do; empty where the key is not among the stored ones.
    pub scope: String,
    /// Why it was refused, in a word: `wrong_scope`.
    pub reason: String,
    /// How often.
    pub calls: u64,
}

/// A tenant that sent more than it may.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct Throttled {
    /// Which.
    pub tenant: String,
    /// Requests that were turned away.
    pub requests: u64,
    /// The limits it has now, as its settings have them, e.g. `max_records_per_second`.
    pub limits: Vec<String>,
}

impl Store {
    /// Keys that were refused within an hour, as far as receivers wrote it down: calls of administration
    /// with a key that may not, a few minutes late. Most often first, at most ten.
    ///
    /// Of a key that has expired, was revoked or may not ingest the database is not told: receivers count
    /// those in `ticketlens_key_failures_total`.
    pub async fn refused_keys(&self) -> Result<Vec<RefusedKey>, Fault> {
        let sql = "SELECT denied.key_id AS key_id, denied.tenant AS tenant, \
                   toString(known.scope) AS scope, denied.reason AS reason, denied.calls AS calls \
                   FROM (SELECT told.key_id AS key_id, toString(told.tenant) AS tenant, \
                   if(told.reason = '', 'wrong_scope', toString(told.reason)) AS reason, \
                   sum(told.affected) AS calls FROM {store}.audit AS told \
                   WHERE told.outcome = 'denied' AND told.at > now() - INTERVAL 1 HOUR \
                   GROUP BY 1, 2, 3 ORDER BY calls DESC, key_id LIMIT 10) AS denied \
                   LEFT JOIN (SELECT id, scope FROM {store}.keys FINAL) AS known \
                   ON known.id = denied.key_id ORDER BY calls DESC, key_id";
        self.in_time(self.select(sql).fetch_all()).await
    }

    /// Tenants that were over a limit since the last full hour but one: counts are kept by the hour. Most
    /// often first, at most ten.
    pub async fn throttled_lately(&self) -> Result<Vec<Throttled>, Fault> {
        let sql = "SELECT sent.tenant AS tenant, sent.requests AS requests, \
                   arrayFilter(name -> name != '', [\
                   if(known.max_records_per_second > 0, 'max_records_per_second', ''), \
                   if(known.max_bytes_per_second > 0, 'max_bytes_per_second', ''), \
                   if(known.max_records_per_day > 0, 'max_records_per_day', '')]) AS limits \
                   FROM (SELECT toString(used.tenant) AS tenant, sum(used.throttled) AS requests \
                   FROM {views}.usage AS used WHERE used.hour >= toStartOfHour(now() - INTERVAL 1 HOUR) \
                   AND used.throttled > 0 GROUP BY 1 ORDER BY requests DESC, tenant LIMIT 10) AS sent \
                   LEFT JOIN (SELECT * FROM {store}.tenants FINAL WHERE removed = 0) AS known \
                   ON known.name = sent.tenant ORDER BY requests DESC, tenant";
        self.in_time(self.select(sql).fetch_all()).await
    }
}
