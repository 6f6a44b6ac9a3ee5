//! `GetValue`: what a tenant's tickets were worth in a month.

use ticketlens_api::v1;
use ticketlens_store::{
    CostSum, Month, Store, TenantName, Value, ValueFigures, ValueGroups, ValueRate, ValueRateError,
    Visibility,
};
use ticketlens_ticket::Timestamp;
use tonic::Status;

use super::{
    messages::timestamp,
    scope::{invalid, store_failed, tenant_failed},
};

/// The answer within what the key may see.
pub(super) async fn answer(
    store: &Store,
    seen: Visibility,
    month: &str,
) -> Result<v1::Value, Status> {
    // Rates, and names for people, are a tenant's.
    let Visibility::Tenant(tenant) = seen else {
        return Err(invalid("tenant", "name one; a month is reckoned for one tenant"));
    };
    let month = asked(month)?;
    let made_at = Timestamp::now();
    let settings = store.tenant(&tenant).await.map_err(tenant_failed)?;
    let value = store.value(&tenant, month).await.map_err(failed)?;
    Ok(message(&tenant, settings.display_name, month, made_at, value))
}

/// The month that is meant; for none, the one that it is now.
fn asked(month: &str) -> Result<Month, Status> {
    let now = || jiff::Timestamp::now().strftime("%Y-%m").to_string();
    let text = if month.is_empty() { now() } else { month.to_owned() };
    text.parse()
        .map_err(|_| invalid("month", "must be a year from 1970 to 2299 and a month, e.g. 2026-11"))
}

/// What is wrong with rates, or why they can't be had.
pub(super) fn failed(error: ValueRateError) -> Status {
    match error {
        ValueRateError::Tenant(error) => tenant_failed(error),
        ValueRateError::NotFound => Status::not_found(error.to_string()),
        ValueRateError::Category | ValueRateError::Minutes => {
            Status::invalid_argument(error.to_string())
        }
        ValueRateError::TooMany => Status::failed_precondition(error.to_string()),
        error => store_failed(&error, error.is_retryable()),
    }
}

fn message(
    tenant: &TenantName,
    display_name: String,
    month: Month,
    made_at: Timestamp,
    value: Value,
) -> v1::Value {
    let day =
        |(date, of): (String, ValueFigures)| v1::ValueDay { date, figures: Some(figures(of)) };
    v1::Value {
        tenant: tenant.to_string(),
        display_name,
        month: month.to_string(),
        made_at: Some(timestamp(made_at)),
        figures: Some(figures(value.figures)),
        before: value.before.map(figures),
        days: value.days.into_iter().map(day).collect(),
        categories: groups(value.categories),
        versions: groups(value.versions),
        models: groups(value.models),
        rates: value.rates.into_iter().map(rate).collect(),
    }
}

fn figures(of: ValueFigures) -> v1::ValueFigures {
    v1::ValueFigures {
        tickets: of.tickets,
        resolved: of.resolved,
        escalated: of.escalated,
        failed: of.failed,
        executions: of.executions,
        costs: of.costs.iter().map(money).collect(),
        tokens: of.tokens,
        priced_tokens: of.priced_tokens,
        csat: of.csat,
        csat_ratings: of.csat_ratings,
        minutes_saved: of.minutes_saved,
        worth: of.worth.iter().map(money).collect(),
    }
}

fn groups(groups: ValueGroups) -> Vec<v1::ValueGroup> {
    let group = |(name, of)| v1::ValueGroup { name, figures: Some(figures(of)) };
    groups.into_iter().map(group).collect()
}

/// A rate as a message.
pub(super) fn rate(rate: ValueRate) -> v1::ValueRate {
    let hourly = Some(money(&rate.hourly.into()));
    v1::ValueRate { category: rate.category, minutes: rate.minutes, hourly }
}

pub(super) fn money(cost: &CostSum) -> v1::Money {
    v1::Money { currency: cost.currency.as_str().to_owned(), amount: cost.amount() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_the_one_named_or_the_one_that_it_is() {
        assert_eq!(asked("2026-11").unwrap().number(), 202_611);
        assert!(asked("").unwrap().number() >= 202_511);
        let wrong = asked("November").unwrap_err();
        assert_eq!(
            wrong.message(),
            "month: must be a year from 1970 to 2299 and a month, e.g. 2026-11"
        );
    }
}
