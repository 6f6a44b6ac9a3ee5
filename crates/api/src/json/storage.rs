//! What is stored, what a purge deletes and what a retention changes, as documents.

use serde::Serialize;
use utoipa::ToSchema;

use super::{NamedCount, rfc3339};
use crate::v1;

/// What was purged, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Purged {
    /// Executions deleted, or to be deleted: also those that are past their time and not off the disk
    /// yet.
    pub tickets: u64,
    /// Feedback deleted, or to be deleted: on them, and what was given before that time to tickets that
    /// are not here.
    pub feedback: u64,
    /// The executions by tenant, by name.
    pub by_tenant: Vec<NamedCount>,
    /// The same by month, oldest first; also months that have feedback alone.
    pub by_month: Vec<MonthCount>,
    /// Their share of the disk, reckoned; of a dry run only.
    pub bytes: Option<u64>,
}

/// What a retention changes in what is stored, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AppliedRetention {
    /// Tickets that get another time to go.
    pub tickets: u64,
    /// Of these, tickets that are past their time by it.
    pub tickets_expired: u64,
    /// Of the others, those whose trace is past its time by it.
    pub traces_expired: u64,
    /// By month, oldest first.
    pub by_month: Vec<MonthCount>,
}

/// How many of a month (UTC).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MonthCount {
    /// `2026-11`.
    pub month: String,
    /// How many.
    pub count: u64,
}

/// What is stored.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Storage {
    /// All of it, or the share of what was asked for.
    #[serde(flatten)]
    pub total: StorageTotals,
    /// Executions, each once.
    pub tickets: u64,
    /// Whether the bytes are a share, reckoned, and not exact.
    pub bytes_are_a_share: bool,
    /// When the oldest was executed.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub oldest: Option<String>,
    /// When the newest was executed.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub newest: Option<String>,
    /// How fast it grows; null where there are not enough days to tell.
    pub growth: Option<Growth>,
    /// By what was asked for.
    pub groups: Vec<StorageGroup>,
    /// Groups that are not among these.
    pub groups_left_out: u64,
    /// The database's disk, for admins.
    pub disk: Option<StorageDisk>,
}

/// Rows and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct StorageTotals {
    /// Rows.
    pub rows: u64,
    /// Bytes on the disk; null where the database does not tell.
    pub bytes: Option<u64>,
    /// Bytes before compression.
    pub uncompressed_bytes: Option<u64>,
}

/// Growth, as the mean of some full days.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Growth {
    /// Of how many days.
    pub days: u32,
    /// Rows.
    pub rows_a_day: f64,
    /// Bytes on the disk.
    pub bytes_a_day: Option<f64>,
}

/// One group of what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StorageGroup {
    /// Rows and their bytes.
    #[serde(flatten)]
    pub total: StorageTotals,
    /// Which.
    pub name: String,
}

/// The database's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StorageDisk {
    /// What the database takes.
    pub database_bytes: u64,
    /// What is free; null, here and below, for a disk without an end.
    pub free_bytes: Option<u64>,
    /// Its size.
    pub total_bytes: Option<u64>,
}

impl From<v1::PurgeTicketsResponse> for Purged {
    fn from(purged: v1::PurgeTicketsResponse) -> Self {
        Self {
            tickets: purged.tickets,
            feedback: purged.feedback,
            by_tenant: purged.by_tenant.into_iter().map(NamedCount::from).collect(),
            by_month: purged.by_month.into_iter().map(MonthCount::from).collect(),
            bytes: purged.bytes,
        }
    }
}

impl From<v1::ApplyRetentionResponse> for AppliedRetention {
    fn from(applied: v1::ApplyRetentionResponse) -> Self {
        Self {
            tickets: applied.tickets,
            tickets_expired: applied.tickets_expired,
            traces_expired: applied.traces_expired,
            by_month: applied.by_month.into_iter().map(MonthCount::from).collect(),
        }
    }
}

impl From<v1::MonthCount> for MonthCount {
    fn from(v1::MonthCount { month, count }: v1::MonthCount) -> Self {
        Self { month: format!("{:04}-{:02}", month / 100, month % 100), count }
    }
}

impl From<v1::GetStorageResponse> for Storage {
    fn from(storage: v1::GetStorageResponse) -> Self {
        Self {
            total: storage.total.unwrap_or_default().into(),
            tickets: storage.tickets,
            bytes_are_a_share: storage.is_share,
            oldest: rfc3339(storage.oldest.as_ref()),
            newest: rfc3339(storage.newest.as_ref()),
            growth: storage.growth.map(Growth::from),
            groups: storage.groups.into_iter().map(StorageGroup::from).collect(),
            groups_left_out: storage.groups_left_out,
            disk: storage.disk.map(StorageDisk::from),
        }
    }
}

impl From<v1::StorageTotals> for StorageTotals {
    fn from(totals: v1::StorageTotals) -> Self {
        let v1::StorageTotals { rows, bytes, uncompressed_bytes } = totals;
        Self { rows, bytes, uncompressed_bytes }
    }
}

impl From<v1::StorageGrowth> for Growth {
    fn from(growth: v1::StorageGrowth) -> Self {
        let v1::StorageGrowth { days, rows_a_day, bytes_a_day } = growth;
        Self { days, rows_a_day, bytes_a_day }
    }
}

impl From<v1::StorageGroup> for StorageGroup {
    fn from(group: v1::StorageGroup) -> Self {
        Self { total: group.total.unwrap_or_default().into(), name: group.name }
    }
}

impl From<v1::StorageDisk> for StorageDisk {
    fn from(disk: v1::StorageDisk) -> Self {
        let v1::StorageDisk { database_bytes, free_bytes, total_bytes } = disk;
        Self { database_bytes, free_bytes, total_bytes }
    }
}
