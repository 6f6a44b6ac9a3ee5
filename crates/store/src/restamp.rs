//! A tenant's two clocks put to what is stored already. Rows carry the times at which they go, stamped
//! when they were written; this stamps them anew, as ingest would have (`rows.rs`), a month at a time.
//!
//! What is past its time stays past it, whether or not it is off the disk: a longer retention brings
//! nothing back that nobody could see any more.

use std::collections::BTreeMap;

use ticketlens_ticket::Timestamp;

use crate::{
    Fault, Month, Store, TenantError, TenantName, TenantSettings, Visibility, micros::micros,
    rows::Table, visibility::Conditions,
};

/// Why what is stored does not all go by the tenant's retention. What was stamped stays so; call again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestampError {
    /// There is no such tenant, it could not be read, or its days can't be.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// ClickHouse did not do it.
    #[error("the stored tickets do not all go by the new retention")]
    Fault(#[from] Fault),
}

impl RestampError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Tenant(error) => error.is_retryable(),
            Self::Fault(fault) => fault.is_retryable(),
        }
    }
}

/// The days of a dry run, where others than those in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OtherDays {
    /// Days of a trace.
    pub trace_days: Option<u32>,
    /// Days of the rest.
    pub metrics_days: Option<u32>,
}

/// What a retention changes in what is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restamped {
    /// Tickets stamped anew.
    pub tickets: u64,
    /// Of these, tickets that are past their time by it.
    pub tickets_expired: u64,
    /// Of the others, those whose trace is past its time by it.
    pub traces_expired: u64,
    /// Tickets by month, oldest first.
    pub by_month: Vec<(Month, u64)>,
}

/// When a row goes that is kept so many days, in seconds: as `rows.rs` stamps it. A DateTime ends in
/// 2106.
const TRACE_ENDS: &str = "least(intDiv(toUnixTimestamp64Micro(received_at), 1000000) \
                          + {trace_days:Int64} * 86400, 4294967295)";
const ENDS: &str = "least(intDiv(toUnixTimestamp64Micro(received_at), 1000000) \
                    + {metrics_days:Int64} * 86400, 4294967295)";
/// Of the tenant as it is, not of one before that had its name; 0 are rows of before tenants had lives.
const OF_THIS_LIFE: &str = "toUnixTimestamp64Micro(tenant_since) IN (0, {since:Int64})";
/// Whose time is not over by the stamp it has: the trace's, the row's.
const HAS_TRACE: &str = "toUnixTimestamp(trace_expires_at) > {now:Int64}";
const NOT_EXPIRED: &str = "toUnixTimestamp(expires_at) > {now:Int64}";

/// The rows that a retention changes.
fn selection(tenant: &TenantSettings, now: Timestamp, month: Option<Month>) -> Conditions {
    let mut conditions = Conditions::of(&Visibility::Tenant(tenant.name.clone()));
    conditions.clause(OF_THIS_LIFE);
    conditions.clause(NOT_EXPIRED);
    conditions.number("since", micros(tenant.created_at));
    conditions.number("now", seconds(now));
    conditions.number("trace_days", tenant.trace_days.into());
    conditions.number("metrics_days", tenant.metrics_days.into());
    if let Some(month) = month {
        let number = month.number().to_string();
        conditions.text("_partition_id = {month:String}", "month", &number);
    }
    conditions
}

fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.as_unix_nanos() / 1_000_000_000).unwrap_or(i64::MAX)
}

/// Rows that have another stamp than they would be given.
fn changed() -> String {
    format!(
        "(toUnixTimestamp(expires_at) != {ENDS} OR ({HAS_TRACE} \
         AND toUnixTimestamp(trace_expires_at) != {TRACE_ENDS}))"
    )
}

impl Store {
    /// What [`Store::restamp`] would change now, with the days in force or with others.
    pub async fn restamp_preview(
        &self,
        name: &TenantName,
        days: OtherDays,
    ) -> Result<Restamped, RestampError> {
        let mut tenant = self.tenant(name).await?;
        tenant.trace_days = days.trace_days.unwrap_or(tenant.trace_days);
        tenant.metrics_days = days.metrics_days.unwrap_or(tenant.metrics_days);
        tenant.check().map_err(TenantError::from)?;
        Ok(self.to_restamp(&selection(&tenant, Timestamp::now(), None)).await?)
    }

    /// Puts a tenant's retention to its stored tickets, of a month or of all, and to its feedback. What thereby is past its
    /// time is in no view when it returns, and off the disk with the next merges.
    pub async fn restamp(
        &self,
        name: &TenantName,
        month: Option<Month>,
    ) -> Result<Restamped, RestampError> {
        let tenant = self.tenant(name).await?;
        let now = Timestamp::now();
        let restamped = self.to_restamp(&selection(&tenant, now, month)).await?;
        for (month, _) in &restamped.by_month {
            let of_month = selection(&tenant, now, Some(*month));
            self.restamp_rows(Table::Tickets, &month.partition(), &of_month).await?;
        }
        // Not where nothing changes: a statement goes through every part there is.
        let feedback = selection(&tenant, now, None);
        let stamped = format!("{} AND {}", feedback.sql(), changed());
        let count = format!("SELECT count() FROM {{store}}.feedback{stamped}");
        let count = self.in_long_time(feedback.bind(self.sql(&count)).fetch_one::<u64>());
        if count.await? > 0 {
            self.restamp_rows(Table::Feedback, "", &feedback).await?;
        }
        Ok(restamped)
    }

    async fn to_restamp(&self, conditions: &Conditions) -> Result<Restamped, Fault> {
        let sql = format!(
            "SELECT _partition_id AS part, count(), countIf({ENDS} <= {{now:Int64}}), \
             countIf({ENDS} > {{now:Int64}} AND {HAS_TRACE} AND trace_bytes > 0 \
             AND {TRACE_ENDS} <= {{now:Int64}}) \
             FROM {{store}}.tickets FINAL{} AND {} GROUP BY part ORDER BY part",
            conditions.sql(),
            changed()
        );
        let query = conditions.bind(self.sql(&sql));
        let rows: Vec<(String, u64, u64, u64)> = self.in_long_time(query.fetch_all()).await?;
        let (mut all, mut by_month) = (Restamped::default(), BTreeMap::new());
        for (part, tickets, tickets_expired, traces_expired) in rows {
            all.tickets += tickets;
            all.tickets_expired += tickets_expired;
            all.traces_expired += traces_expired;
            if let Some(month) = Month::of_partition(&part) {
                *by_month.entry(month).or_insert(0) += tickets;
            }
        }
        all.by_month = by_month.into_iter().collect();
        Ok(all)
    }

    async fn restamp_rows(
        &self,
        table: Table,
        partition: &str,
        conditions: &Conditions,
    ) -> Result<(), Fault> {
        let sql = format!(
            "ALTER TABLE {{store}}.{} UPDATE \
             trace_expires_at = if({HAS_TRACE}, toDateTime({TRACE_ENDS}, 'UTC'), trace_expires_at), \
             expires_at = toDateTime({ENDS}, 'UTC') {partition}{} AND {}",
            table.name(),
            conditions.sql(),
            changed()
        );
        let query = conditions
            .bind(self.sql(&sql))
            .with_setting("mutations_sync", "2")
            .with_setting("wait_end_of_query", "1");
        self.in_long_time(query.execute()).await
    }
}
