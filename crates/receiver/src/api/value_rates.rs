//! `ListValueRates`, `SetValueRate`, `RemoveValueRate`: what a tenant says that a resolved ticket saves.

use ticketlens_api::v1;
use ticketlens_store::{Act, AuditEntry, Cost, Store, TenantName, ValueRate};
use ticketlens_ticket::{CurrencyCode, nanos_of_text};
use tonic::Status;

use super::{
    audit::{Told, audited},
    scope::{Caller, invalid, tenant_name},
    value::{self, failed},
};

pub(super) async fn list(
    store: &Store,
    request: v1::ListValueRatesRequest,
) -> Result<v1::ListValueRatesResponse, Status> {
    let tenant = tenant_name(&request.tenant)?;
    let rates = store.value_rates(&tenant).await.map_err(failed)?;
    let rates = rates.into_iter().map(value::rate).collect();
    Ok(v1::ListValueRatesResponse { rates })
}

pub(super) async fn set(
    store: &Store,
    caller: &Caller,
    request: v1::SetValueRateRequest,
) -> Result<v1::ValueRate, Status> {
    let tenant = tenant_name(&request.tenant)?;
    let rate = read(request.rate.unwrap_or_default())?;
    let before = rate_of(store, &tenant, &rate.category).await?;
    let was = before.as_ref().map_or_else(|| "none".to_owned(), told);
    let entry = AuditEntry::new(Act::RateSet, caller.actor())
        .of(tenant.clone())
        .changing("category", &rate.category)
        .changing("rate", format!("{was} → {}", told(&rate)));
    audited(store, entry, async {
        store.set_value_rate(&tenant, &rate).await.map_err(failed)?;
        Ok(((), Told::affecting(1)))
    })
    .await?;
    Ok(value::rate(rate))
}

pub(super) async fn remove(
    store: &Store,
    caller: &Caller,
    request: v1::RemoveValueRateRequest,
) -> Result<v1::RemoveValueRateResponse, Status> {
    let v1::RemoveValueRateRequest { tenant, category } = request;
    let tenant = tenant_name(&tenant)?;
    let before = rate_of(store, &tenant, &category).await?;
    let before = before.ok_or_else(|| failed(ticketlens_store::ValueRateError::NotFound))?;
    let entry = AuditEntry::new(Act::RateRemove, caller.actor())
        .of(tenant.clone())
        .changing("category", &category)
        .changing("rate", format!("{} → none", told(&before)));
    audited(store, entry, async {
        store.remove_value_rate(&tenant, &category).await.map_err(failed)?;
        Ok(((), Told::affecting(1)))
    })
    .await?;
    Ok(v1::RemoveValueRateResponse {})
}

async fn rate_of(
    store: &Store,
    tenant: &TenantName,
    category: &str,
) -> Result<Option<ValueRate>, Status> {
    let rates = store.value_rates(tenant).await.map_err(failed)?;
    Ok(rates.into_iter().find(|rate| rate.category == category))
}

/// For the audit.
fn told(rate: &ValueRate) -> String {
    let hourly = &rate.hourly;
    format!("{} min, {} {} an hour", rate.minutes, hourly.amount(), hourly.currency.as_str())
}

fn read(rate: v1::ValueRate) -> Result<ValueRate, Status> {
    let v1::ValueRate { category, minutes, hourly } = rate;
    let hourly = hourly.ok_or_else(|| invalid("hourly", "is missing; it is what an hour costs"))?;
    let currency = CurrencyCode::of(&hourly.currency)
        .ok_or_else(|| invalid("currency", "is three capitals of ISO 4217, e.g. EUR"))?;
    let nanos = nanos_of_text(&hourly.amount).ok_or_else(|| {
        invalid("hourly", "is a decimal number below 1000000000, e.g. 40 or 38.50")
    })?;
    let rate = ValueRate { category, minutes, hourly: Cost { nanos, currency } };
    rate.check().map_err(failed)?;
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_or_says_what_is_wrong() {
        let rate = |minutes, amount: &str, currency: &str| v1::ValueRate {
            category: "BILLING".to_owned(),
            minutes,
            hourly: Some(v1::Money { currency: currency.to_owned(), amount: amount.to_owned() }),
        };
        let right = read(rate(12.5, "38.50", "EUR")).unwrap();
        assert_eq!(told(&right), "12.5 min, 38.5 EUR an hour");
        for (wrong, says) in [
            (rate(12.5, "38,50", "EUR"), "hourly: "),
            (rate(12.5, "-1", "EUR"), "hourly: "),
            (rate(12.5, "1", "euro"), "currency: "),
            (rate(-1.0, "1", "EUR"), "minutes is "),
            (rate(f64::NAN, "1", "EUR"), "minutes is "),
            (v1::ValueRate { hourly: None, ..rate(1.0, "", "") }, "hourly: is missing"),
        ] {
            let status = read(wrong).unwrap_err();
            assert_eq!(status.code(), tonic::Code::InvalidArgument);
            assert!(status.message().starts_with(says), "{status}");
        }
    }
}
