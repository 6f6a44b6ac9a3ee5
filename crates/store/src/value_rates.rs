//! What a resolved ticket saves, by category: settings of a tenant.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use ticketlens_ticket::{CurrencyCode, Timestamp, limits};

use crate::{Cost, Fault, Store, TenantError, TenantName, micros::micros};

/// Most rates of a tenant.
pub const MOST_VALUE_RATES: usize = 200;
/// Most minutes that a ticket saves: a week.
const MOST_MINUTES: f64 = 7.0 * 24.0 * 60.0;

/// What a resolved ticket of a category saves.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueRate {
    /// Empty: every category without a rate of its own.
    pub category: String,
    /// A person's minutes.
    pub minutes: f64,
    /// What an hour of a person's costs.
    pub hourly: Cost,
}

/// Why rates could not be read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueRateError {
    /// There is no such tenant, or it could not be read.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The category's name is too long.
    #[error("category has at most 256 bytes and no control characters")]
    Category,
    /// No time that a ticket could save.
    #[error("minutes is a number from 0 to 10080, which is a week")]
    Minutes,
    /// The tenant has as many as it may.
    #[error("a tenant has at most {MOST_VALUE_RATES} rates; remove one first")]
    TooMany,
    /// There is none of that category.
    #[error("the tenant has no rate for that category")]
    NotFound,
    /// ClickHouse did not do it.
    #[error("the rates cannot be read or written")]
    Fault(#[from] Fault),
}

impl ValueRateError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Tenant(error) => error.is_retryable(),
            Self::Fault(fault) => fault.is_retryable(),
            _ => false,
        }
    }
}

impl ValueRate {
    /// Whether a tenant may have it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), ValueRateError> {
        let Self { category, minutes, .. } = self;
        if category.len() > limits::LABEL_BYTES || category.chars().any(char::is_control) {
            return Err(ValueRateError::Category);
        }
        (0.0..=MOST_MINUTES).contains(minutes).then_some(()).ok_or(ValueRateError::Minutes)
    }
}

#[derive(Row, Serialize, Deserialize)]
struct RateRow {
    tenant: String,
    tenant_since: i64,
    category: String,
    minutes: f64,
    /// Billionths: a Decimal(18, 9) as RowBinary has it.
    hourly: i64,
    currency: String,
    removed: u8,
    version: u64,
}

impl Store {
    /// A tenant's rates, by category; the one for all others first.
    pub async fn value_rates(&self, name: &TenantName) -> Result<Vec<ValueRate>, ValueRateError> {
        let since = micros(self.tenant(name).await?.created_at);
        let sql = "SELECT tenant, tenant_since, category, minutes, hourly, currency, removed, version \
                   FROM {store}.value_rates FINAL WHERE tenant = {tenant:String} \
                   AND toUnixTimestamp64Micro(tenant_since) = {since:Int64} AND removed = 0 \
                   ORDER BY category LIMIT 1000";
        let query = self.sql(sql).param("tenant", name.as_str()).param("since", since);
        let rows: Vec<RateRow> = self.in_time(query.fetch_all()).await?;
        Ok(rows.into_iter().filter_map(rate_of).collect())
    }

    /// Sets the rate of its category.
    pub async fn set_value_rate(
        &self,
        name: &TenantName,
        rate: &ValueRate,
    ) -> Result<(), ValueRateError> {
        rate.check()?;
        let others = self.value_rates(name).await?;
        let is_new = others.iter().all(|other| other.category != rate.category);
        if is_new && others.len() >= MOST_VALUE_RATES {
            return Err(ValueRateError::TooMany);
        }
        self.write_rate(name, rate, false).await
    }

    /// Takes the rate of a category away.
    pub async fn remove_value_rate(
        &self,
        name: &TenantName,
        category: &str,
    ) -> Result<(), ValueRateError> {
        let rates = self.value_rates(name).await?;
        let rate = rates.iter().find(|rate| rate.category == category);
        self.write_rate(name, rate.ok_or(ValueRateError::NotFound)?, true).await
    }

    async fn write_rate(
        &self,
        name: &TenantName,
        rate: &ValueRate,
        removed: bool,
    ) -> Result<(), ValueRateError> {
        let since = micros(self.tenant(name).await?.created_at);
        let row = RateRow {
            tenant: name.as_str().to_owned(),
            tenant_since: since,
            category: rate.category.clone(),
            minutes: rate.minutes,
            hourly: i64::try_from(rate.hourly.nanos).unwrap_or(i64::MAX),
            currency: rate.hourly.currency.as_str().to_owned(),
            removed: removed.into(),
            version: Timestamp::now().as_unix_nanos() / 1_000,
        };
        Ok(self.write("{store}.value_rates", &[row]).await?)
    }
}

/// Nothing for what no program of ours wrote.
fn rate_of(row: RateRow) -> Option<ValueRate> {
    let hourly =
        Cost { nanos: u64::try_from(row.hourly).ok()?, currency: CurrencyCode::of(&row.currency)? };
    Some(ValueRate { category: row.category, minutes: row.minutes, hourly })
}
