//! The tenants as they are stored: adding, reading and changing them. Every change is a new row with a higher version.

use std::num::{NonZeroU32, NonZeroU64};

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use crate::{
    DenyKeys, Fault, InvalidTenant, Store, TenantChange, TenantLimits, TenantName, TenantSettings,
    micros::{from_micros, micros, next_version},
};

/// The condition by which every view, and what reads a table itself, shows rows of tenants that are
/// there, and none of one that was removed and whose name another has. The migration says why it is
/// this column alone.
pub(crate) const OF_A_PRESENT_TENANT: &str = "tenant_since IN (SELECT created_at \
    FROM {store}.tenants FINAL WHERE removed = 0 UNION ALL SELECT toDateTime64(0, 6, 'UTC'))";

/// The columns of a [`TenantRow`].
const COLUMNS: &str = "name, display_name, capture, trace_days, metrics_days, deny_keys, \
    drop_messages, subject, max_records_per_second, max_bytes_per_second, max_records_per_day, \
    created_at, removed, version";

/// Why a tenant could not be read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TenantError {
    /// There is one of that name.
    #[error("there is a tenant of that name already")]
    Exists,
    /// There is none of that name.
    #[error("there is no tenant of that name")]
    NotFound,
    /// The settings can't be.
    #[error(transparent)]
    Invalid(#[from] InvalidTenant),
    /// What the table holds is not what this program wrote.
    #[error("the stored settings of a tenant cannot be read")]
    Unreadable,
    /// ClickHouse did not do it.
    #[error("the tenants cannot be read or changed")]
    Fault(#[from] Fault),
}

impl TenantError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Fault(fault) => fault.is_retryable(),
            _ => false,
        }
    }
}

#[derive(Clone, Row, Serialize, Deserialize)]
struct TenantRow {
    name: String,
    display_name: String,
    capture: String,
    trace_days: u32,
    metrics_days: u32,
    deny_keys: Vec<String>,
    drop_messages: u8,
    subject: String,
    /// 0 is no limit, here and in the next two.
    max_records_per_second: u32,
    max_bytes_per_second: u64,
    max_records_per_day: u64,
    /// Microseconds since the epoch.
    created_at: i64,
    removed: u8,
    version: u64,
}

impl Store {
    /// Adds a tenant, and returns it as it was added. The name of a removed one can be taken again;
    /// old keys stay revoked, and nothing of the old one's is seen: `created_at` is later than any
    /// tenant's before, whatever this machine's clock says, so that it names one tenant alone.
    pub async fn create_tenant(
        &self,
        tenant: &TenantSettings,
    ) -> Result<TenantSettings, TenantError> {
        tenant.check()?;
        let version = match self.tenant_row(&tenant.name).await? {
            Some(row) if row.removed == 0 => return Err(TenantError::Exists),
            Some(row) => next_version(row.version),
            None => next_version(0),
        };
        let last = self.sql("SELECT toUnixTimestamp64Micro(max(created_at)) FROM {store}.tenants");
        let last = self.in_time(last.fetch_one::<i64>()).await?;
        let created_at = micros(tenant.created_at).max(last.saturating_add(1));
        let tenant = TenantSettings { created_at: from_micros(created_at), ..tenant.clone() };
        self.write_tenant(row_of(&tenant, version)).await?;
        Ok(tenant)
    }

    /// All tenants, by name.
    pub async fn list_tenants(&self) -> Result<Vec<TenantSettings>, TenantError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM {{store}}.tenants FINAL WHERE removed = 0 ORDER BY name"
        );
        let rows = self.in_time(self.sql(&sql).fetch_all::<TenantRow>()).await?;
        rows.into_iter().map(settings_of).collect()
    }

    /// One tenant.
    pub async fn tenant(&self, name: &TenantName) -> Result<TenantSettings, TenantError> {
        settings_of(self.present(name).await?)
    }

    /// Changes a tenant. Retention changes apply to tickets received from now on.
    pub async fn update_tenant(
        &self,
        name: &TenantName,
        change: TenantChange,
    ) -> Result<TenantSettings, TenantError> {
        let row = self.present(name).await?;
        let version = next_version(row.version);
        let mut tenant = settings_of(row)?;
        change.apply(&mut tenant);
        tenant.check()?;
        self.write_tenant(row_of(&tenant, version)).await?;
        Ok(tenant)
    }

    /// Shuts a tenant out: whatever asks for it from now on finds none. Does nothing the second time.
    pub(crate) async fn mark_removed(&self, name: &TenantName) -> Result<(), TenantError> {
        let row = self.tenant_row(name).await?.ok_or(TenantError::NotFound)?;
        if row.removed == 0 {
            let version = next_version(row.version);
            self.write_tenant(TenantRow { removed: 1, version, ..row }).await?;
        }
        Ok(())
    }

    async fn present(&self, name: &TenantName) -> Result<TenantRow, TenantError> {
        let row = self.tenant_row(name).await?;
        row.filter(|row| row.removed == 0).ok_or(TenantError::NotFound)
    }

    async fn tenant_row(&self, name: &TenantName) -> Result<Option<TenantRow>, Fault> {
        let sql =
            format!("SELECT {COLUMNS} FROM {{store}}.tenants FINAL WHERE name = {{name:String}}");
        let query = self.sql(&sql).param("name", name.as_str());
        self.in_time(query.fetch_optional::<TenantRow>()).await
    }

    async fn write_tenant(&self, row: TenantRow) -> Result<(), TenantError> {
        Ok(self.write("{store}.tenants", &[row]).await?)
    }
}

fn row_of(tenant: &TenantSettings, version: u64) -> TenantRow {
    TenantRow {
        name: tenant.name.as_str().to_owned(),
        display_name: tenant.display_name.clone(),
        capture: tenant.capture.as_str().to_owned(),
        trace_days: tenant.trace_days,
        metrics_days: tenant.metrics_days,
        deny_keys: tenant.deny_keys.to_vec(),
        drop_messages: tenant.drop_messages.into(),
        subject: tenant.subject.as_str().to_owned(),
        max_records_per_second: tenant.limits.records_per_second.map_or(0, NonZeroU32::get),
        max_bytes_per_second: tenant.limits.bytes_per_second.map_or(0, NonZeroU64::get),
        max_records_per_day: tenant.limits.records_per_day.map_or(0, NonZeroU64::get),
        created_at: micros(tenant.created_at),
        removed: 0,
        version,
    }
}

fn settings_of(row: TenantRow) -> Result<TenantSettings, TenantError> {
    Ok(TenantSettings {
        name: row.name.parse().map_err(|_| TenantError::Unreadable)?,
        display_name: row.display_name,
        capture: row.capture.parse().map_err(|_| TenantError::Unreadable)?,
        trace_days: row.trace_days,
        metrics_days: row.metrics_days,
        deny_keys: DenyKeys::new(row.deny_keys).map_err(|_| TenantError::Unreadable)?,
        drop_messages: row.drop_messages != 0,
        subject: row.subject.parse().map_err(|_| TenantError::Unreadable)?,
        limits: TenantLimits {
            records_per_second: NonZeroU32::new(row.max_records_per_second),
            bytes_per_second: NonZeroU64::new(row.max_bytes_per_second),
            records_per_day: NonZeroU64::new(row.max_records_per_day),
        },
        created_at: from_micros(row.created_at),
    })
}
