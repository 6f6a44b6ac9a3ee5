//! What is stored: rows, bytes, since when, and how fast it grows.
//!
//! Totals are ClickHouse's own, of its list of parts. What a tenant, a status, a workflow or a day takes
//! is a share of them (`disk_share.rs`): parts are common to all.

use std::{
    collections::{BTreeMap, HashMap},
    str::FromStr,
};

use ticketlens_ticket::Timestamp;

use crate::{
    Fault, QueryError, Store, TicketFilter, Visibility,
    disk_share::{DiskShares, MonthOnDisk, TRACE_BYTES, as_f64},
    micros::{from_micros, micros},
    tenant_table::OF_A_PRESENT_TENANT,
    visibility::Conditions,
};

/// Most groups shown; the largest, or the latest days.
pub const GROUPS: usize = 1_000;
/// Growth is the mean of at most so many full days.
const DAYS: u32 = 7;
const MICROS_A_DAY: i64 = 86_400_000_000;
/// A disk without an end (an object store) says something as large as this.
const NO_END: u64 = 1 << 60;

/// By what rows and bytes are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageBy {
    /// Whose.
    Tenant,
    /// How it ended.
    Status,
    /// The workflow.
    Workflow,
    /// The day it was received on (UTC).
    Day,
}

/// The text is none of the groupings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be tenant, status, workflow or day")]
pub struct UnknownGrouping;

impl FromStr for StorageBy {
    type Err = UnknownGrouping;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "tenant" => Ok(Self::Tenant),
            "status" => Ok(Self::Status),
            "workflow" => Ok(Self::Workflow),
            "day" => Ok(Self::Day),
            _ => Err(UnknownGrouping),
        }
    }
}

impl StorageBy {
    const fn expression(self) -> &'static str {
        match self {
            Self::Tenant => "toString(tenant)",
            Self::Status => "toString(status)",
            Self::Workflow => "toString(workflow)",
            Self::Day => "toString(toDate(received_at))",
        }
    }
}

/// What is stored of the tickets somebody may see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storage {
    /// Tickets that views show.
    pub tickets: u64,
    /// What they take.
    pub total: Totals,
    /// Whether the bytes are a share and not counted.
    pub is_share: bool,
    /// The first execution.
    pub oldest: Option<Timestamp>,
    /// The last execution.
    pub newest: Option<Timestamp>,
    /// How fast it grows; absent while no full day is over.
    pub growth: Option<Growth>,
    /// The same by what was asked for: the largest first, days latest first. At most [`GROUPS`].
    pub groups: Vec<StorageGroup>,
    /// Groups that are not shown.
    pub groups_left_out: u64,
    /// The database and its disk: for whoever sees all tenants.
    pub disk: Option<Disk>,
}

/// Rows and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows in the table: also past their time, and copies of an execution, until a merge takes them.
    pub rows: u64,
    /// On disk; absent where the database's user may not see its list of parts.
    pub bytes: Option<u64>,
    /// Before compression.
    pub uncompressed_bytes: Option<u64>,
}

/// A group's rows and bytes. Its bytes are a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageGroup {
    /// The tenant, status, workflow, or day as 2026-11-09.
    pub name: String,
    /// What it takes.
    pub total: Totals,
}

/// What was received a day, on average, and is still there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Full days (UTC) that it is the mean of: 7, or as many as there are.
    pub days: u32,
    /// Rows a day.
    pub rows: f64,
    /// Bytes on disk a day, as a share.
    pub bytes: Option<f64>,
}

/// The database and its disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Bytes of all our tables, with parts that were merged and not deleted yet.
    pub database_bytes: u64,
    /// Bytes that can still be written; absent for a disk without an end.
    pub free_bytes: Option<u64>,
    /// Bytes of the disk; absent for a disk without an end.
    pub total_bytes: Option<u64>,
}

/// A group's name, a month, rows in it and bytes of their traces.
type Counted = (String, String, u64, u64);

impl Store {
    /// What is stored of the tickets somebody may see, told apart by one thing.
    pub async fn storage(
        &self,
        visibility: &Visibility,
        by: StorageBy,
    ) -> Result<Storage, QueryError> {
        let mut conditions = Conditions::of(visibility);
        let is_share = *visibility != Visibility::All;
        if is_share {
            conditions.clause(OF_A_PRESENT_TENANT);
        }
        let months = self.months_if_told().await?;
        let shares = match &months {
            Some(months) => Some(self.disk_shares(months).await?),
            None => None,
        };
        let any = TicketFilter::default();
        let span = self.span(&conditions);
        let groups = self.counted(&conditions, by.expression());
        let (tickets, span, groups) =
            tokio::join!(self.count_tickets(visibility, &any), span, groups);
        let (span, groups) = (span?, groups?);
        let mut storage = Storage { tickets: tickets?, is_share, ..Storage::default() };
        storage.total = sum(&groups, shares.as_ref());
        if let (false, Some(months)) = (is_share, &months) {
            storage.total = exact(months, storage.total.rows);
        }
        (storage.groups, storage.groups_left_out) = grouped(&groups, shares.as_ref(), by);
        if let Some(Span { oldest, newest, first_received }) = span {
            (storage.oldest, storage.newest) = (Some(oldest), Some(newest));
            storage.growth = self.growth(conditions, first_received, shares.as_ref()).await?;
        }
        if !is_share && months.is_some() {
            storage.disk = self.disk_if_told().await?;
        }
        Ok(storage)
    }

    async fn counted(
        &self,
        conditions: &Conditions,
        expression: &str,
    ) -> Result<Vec<Counted>, Fault> {
        let sql = format!(
            "SELECT {expression} AS name, _partition_id AS part, count(), sum({TRACE_BYTES}) \
             FROM {{store}}.tickets{} GROUP BY name, part",
            conditions.sql()
        );
        self.in_long_time(conditions.bind(self.select(&sql)).fetch_all()).await
    }

    async fn span(&self, conditions: &Conditions) -> Result<Option<Span>, Fault> {
        let sql = format!(
            "SELECT count(), toUnixTimestamp64Micro(toDateTime64(min(executed_at), 6, 'UTC')), \
             toUnixTimestamp64Micro(toDateTime64(max(executed_at), 6, 'UTC')), \
             toUnixTimestamp64Micro(min(received_at)) FROM {{store}}.tickets{}",
            conditions.sql()
        );
        let query = conditions.bind(self.select(&sql));
        let (rows, oldest, newest, first_received): (u64, i64, i64, i64) =
            self.in_long_time(query.fetch_one()).await?;
        let span = Span {
            oldest: from_micros(oldest),
            newest: from_micros(newest),
            first_received: from_micros(first_received),
        };
        Ok((rows > 0).then_some(span))
    }

    async fn growth(
        &self,
        mut conditions: Conditions,
        first_received: Timestamp,
        shares: Option<&DiskShares>,
    ) -> Result<Option<Growth>, Fault> {
        let Some((since, until, days)) = full_days(first_received, Timestamp::now()) else {
            return Ok(None);
        };
        conditions.clause("toUnixTimestamp64Micro(received_at) >= {since:Int64}");
        conditions.clause("toUnixTimestamp64Micro(received_at) < {until:Int64}");
        conditions.number("since", since);
        conditions.number("until", until);
        let total = sum(&self.counted(&conditions, "''").await?, shares);
        let a_day = |n: u64| as_f64(n) / f64::from(days);
        Ok(Some(Growth { days, rows: a_day(total.rows), bytes: total.bytes.map(a_day) }))
    }

    /// A database's user may be without the right to see the list of parts.
    async fn months_if_told(&self) -> Result<Option<Vec<MonthOnDisk>>, Fault> {
        match self.months_on_disk().await {
            Ok(months) => Ok(Some(months)),
            Err(fault) if fault.is_denied() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    pub(crate) async fn disk_if_told(&self) -> Result<Option<Disk>, Fault> {
        let bytes =
            "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = {database:String}";
        let bytes = self.sql(bytes).param("database", &*self.tables);
        let database_bytes = self.in_time(bytes.fetch_one::<u64>()).await?;
        // Where no ticket is stored yet, it will be on the usual disk.
        let disks = "SELECT sum(free_space), sum(total_space) FROM system.disks WHERE name IN \
                     (SELECT disk_name FROM system.parts WHERE database = {database:String} \
                     AND table = 'tickets' AND active UNION ALL SELECT 'default' WHERE NOT EXISTS \
                     (SELECT 1 FROM system.parts WHERE database = {database:String} \
                     AND table = 'tickets' AND active))";
        let disks = self.sql(disks).param("database", &*self.tables);
        let told = self.in_time_if_told(disks.fetch_one::<(u64, u64)>()).await?;
        let (free, total) = told.unwrap_or((NO_END, NO_END));
        let ending = |bytes: u64| (bytes < NO_END).then_some(bytes);
        let (free_bytes, total_bytes) = (ending(free), ending(total));
        Ok(Some(Disk { database_bytes, free_bytes, total_bytes }))
    }
}

struct Span {
    oldest: Timestamp,
    newest: Timestamp,
    first_received: Timestamp,
}

/// The last full days (UTC) in which there could be rows: from, to, and how many, in microseconds.
fn full_days(first: Timestamp, now: Timestamp) -> Option<(i64, i64, u32)> {
    let until = micros(now).div_euclid(MICROS_A_DAY) * MICROS_A_DAY;
    let first_full = (micros(first) + MICROS_A_DAY - 1).div_euclid(MICROS_A_DAY) * MICROS_A_DAY;
    let since = first_full.max(until - i64::from(DAYS) * MICROS_A_DAY);
    let days = u32::try_from((until - since) / MICROS_A_DAY).ok().filter(|days| *days > 0)?;
    Some((since, until, days))
}

fn sum(groups: &[Counted], shares: Option<&DiskShares>) -> Totals {
    let mut total =
        Totals { rows: 0, bytes: shares.map(|_| 0), uncompressed_bytes: shares.map(|_| 0) };
    for counted in groups {
        add(&mut total, counted, shares);
    }
    total
}

fn add(total: &mut Totals, (_, month, rows, traces): &Counted, shares: Option<&DiskShares>) {
    total.rows += rows;
    let Some(shares) = shares else { return };
    *total.bytes.get_or_insert(0) += shares.of(month, *rows, *traces);
    *total.uncompressed_bytes.get_or_insert(0) += shares.uncompressed(month, *rows, *traces);
}

/// What ClickHouse counts; rows it only hides are not rows.
fn exact(months: &[MonthOnDisk], rows: u64) -> Totals {
    Totals {
        rows,
        bytes: Some(months.iter().map(|month| month.on_disk).sum()),
        uncompressed_bytes: Some(months.iter().map(|month| month.uncompressed).sum()),
    }
}

fn grouped(
    counted: &[Counted],
    shares: Option<&DiskShares>,
    by: StorageBy,
) -> (Vec<StorageGroup>, u64) {
    let mut totals: HashMap<&str, Totals> = HashMap::new();
    for group in counted {
        add(totals.entry(&group.0).or_default(), group, shares);
    }
    let sorted: BTreeMap<_, _> = totals.into_iter().collect();
    let of = |(name, total): (&str, Totals)| StorageGroup { name: name.to_owned(), total };
    let mut groups: Vec<_> = sorted.into_iter().map(of).collect();
    match by {
        StorageBy::Day => groups.reverse(),
        _ => groups.sort_by_key(|group| {
            std::cmp::Reverse((group.total.bytes.unwrap_or_default(), group.total.rows))
        }),
    }
    let left_out = groups.len().saturating_sub(GROUPS);
    groups.truncate(GROUPS);
    (groups, left_out as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64, hours: i64) -> Timestamp {
        from_micros(days * MICROS_A_DAY + hours * MICROS_A_DAY / 24)
    }

    #[test]
    fn growth_is_the_mean_of_full_days_alone() {
        let days = |first, now| {
            full_days(first, now)
                .map(|(since, until, days)| (since / MICROS_A_DAY, until / MICROS_A_DAY, days))
        };
        assert_eq!(days(at(100, 0), at(200, 5)), Some((193, 200, 7)));
        assert_eq!(days(at(198, 0), at(200, 5)), Some((198, 200, 2)));
        assert_eq!(days(at(198, 1), at(200, 5)), Some((199, 200, 1)), "not the day it began on");
        assert_eq!(days(at(199, 1), at(200, 5)), None);
        assert_eq!(days(at(201, 1), at(200, 5)), None, "received in the future");
    }

    #[test]
    fn groups_are_the_largest_first_and_days_the_latest() {
        let counted = |name: &str, rows| (name.to_owned(), "202611".to_owned(), rows, 0);
        let all = [counted("2026-11-01", 5), counted("2026-11-02", 9), counted("2026-11-03", 1)];
        let names = |by| {
            let (groups, left_out) = grouped(&all, None, by);
            assert_eq!(left_out, 0);
            groups.into_iter().map(|group| group.total.rows).collect::<Vec<_>>()
        };
        assert_eq!(names(StorageBy::Status), [9, 5, 1]);
        assert_eq!(names(StorageBy::Day), [1, 9, 5]);
    }
}
