//! `PurgeTickets` and `ApplyRetention`: work on many stored tickets, a month at a time.

use ticketlens_api::v1;
use ticketlens_store::{
    Act, AuditEntry, Month, NamedCount, OtherDays, Purge, PurgeError, Purged, RestampError,
    Restamped, Visibility,
};
use ticketlens_ticket::Timestamp;
use tonic::Status;

use super::{
    acts,
    admin::Admin,
    audit::{Told, audited},
    messages::time,
    scope::{Caller, invalid, store_failed, tenant_failed, tenant_name},
};
use crate::auth::KeySource;

fn purge_failed(error: PurgeError) -> Status {
    store_failed(&error, error.is_retryable())
}

fn restamp_failed(error: RestampError) -> Status {
    match error {
        RestampError::Tenant(error) => tenant_failed(error),
        error => store_failed(&error, error.is_retryable()),
    }
}

impl<S: KeySource> Admin<S> {
    /// Deletes the tickets that were executed before a time, or says what that would be.
    pub(super) async fn purge(
        &self,
        caller: Caller,
        request: v1::PurgeTicketsRequest,
    ) -> Result<v1::PurgeTicketsResponse, Status> {
        let filter = request.filter.clone().unwrap_or_default();
        let visibility = match filter.tenant.as_str() {
            "" => Visibility::All,
            name => {
                let name = tenant_name(name)?;
                self.store.tenant(&name).await.map_err(tenant_failed)?;
                Visibility::Tenant(name)
            }
        };
        let purge = which(filter, request.executed_before, request.month)?;
        let purged = if request.dry_run {
            self.store.purge_preview(&visibility, &purge).await.map_err(purge_failed)?
        } else {
            let _alone = self.cleaning.lock().await;
            let entry = acts::purge(caller.actor(), &visibility, &purge);
            let purged = audited(&self.store, entry, async {
                let purged = self.store.purge(&visibility, &purge).await.map_err(purge_failed)?;
                let told = Told::affecting(purged.tickets.saturating_add(purged.feedback));
                Ok((purged, told))
            })
            .await?;
            if visibility == Visibility::All {
                self.tell_tenants(&caller, &purge, &purged).await;
            }
            purged
        };
        let Purged { tickets, feedback, by_tenant, by_month, bytes } = purged;
        let named = |NamedCount { name, count }| v1::NamedCount { name, count };
        Ok(v1::PurgeTicketsResponse {
            tickets,
            feedback,
            by_tenant: by_tenant.into_iter().map(named).collect(),
            by_month: by_month.into_iter().map(month_count).collect(),
            bytes,
        })
    }

    /// Tells each tenant in the audit what of its own a purge of all tenants deleted: the entry of the
    /// whole is no tenant's.
    async fn tell_tenants(&self, caller: &Caller, purge: &Purge, purged: &Purged) {
        for NamedCount { name, count } in &purged.by_tenant {
            let Ok(tenant) = tenant_name(name) else { continue };
            let entry = acts::purge(caller.actor(), &Visibility::Tenant(tenant), purge);
            if let Err(error) = self.store.record_audit(entry, *count).await {
                tracing::error!(
                    name: "audit.not_written", %error, "the audit does not tell a tenant of a purge"
                );
            }
        }
    }

    /// Puts a tenant's retention to its stored tickets, or says what that would change.
    pub(super) async fn apply(
        &self,
        caller: Caller,
        request: v1::ApplyRetentionRequest,
    ) -> Result<v1::ApplyRetentionResponse, Status> {
        let name = tenant_name(&request.tenant)?;
        let v1::ApplyRetentionRequest { dry_run, trace_days, metrics_days, .. } = request;
        let restamped = if dry_run {
            let days = OtherDays { trace_days, metrics_days };
            self.store.restamp_preview(&name, days).await.map_err(restamp_failed)?
        } else if trace_days.or(metrics_days).is_some() {
            let what = "are of a dry run; the days in force are what is applied";
            return Err(invalid("trace_days, metrics_days", what));
        } else {
            let month = month(request.month)?;
            let _alone = self.cleaning.lock().await;
            let entry = acts::of_month(AuditEntry::new(Act::RetentionApply, caller.actor()), month);
            audited(&self.store, entry.of(name.clone()), async {
                let restamped = self.store.restamp(&name, month).await.map_err(restamp_failed)?;
                let told = Told::affecting(restamped.tickets);
                Ok((restamped, told))
            })
            .await?
        };
        let Restamped { tickets, tickets_expired, traces_expired, by_month } = restamped;
        let by_month = by_month.into_iter().map(month_count).collect();
        Ok(v1::ApplyRetentionResponse { tickets, tickets_expired, traces_expired, by_month })
    }
}

pub(super) fn month_count((month, count): (Month, u64)) -> v1::MonthCount {
    v1::MonthCount { month: month.number(), count }
}

pub(super) fn month(number: u32) -> Result<Option<Month>, Status> {
    match number {
        0 => Ok(None),
        number => Month::new(number).map(Some).map_err(|error| invalid("month", error)),
    }
}

/// What is to be purged. What a person may have meant and would not get is refused: this can't be
/// undone.
fn which(
    filter: v1::TicketFilter,
    executed_before: Option<prost_types::Timestamp>,
    of_month: u32,
) -> Result<Purge, Status> {
    let Some(executed_before) = time("executed_before", executed_before)? else {
        return Err(invalid("executed_before", "is missing; a purge needs a time"));
    };
    if executed_before > Timestamp::now() {
        return Err(invalid("executed_before", "lies in the future"));
    }
    let asked = filter.clone();
    let v1::TicketFilter { tenant, status, category, workflow, environment, .. } = filter;
    let of = [&status, &category, &workflow, &environment].map(String::clone);
    let any = v1::TicketFilter::default();
    if asked != (v1::TicketFilter { tenant, status, category, workflow, environment, ..any }) {
        let what = "a purge takes tenant, status, category, workflow and environment, and \
                    executed_before; nothing else selects what it deletes";
        return Err(invalid("filter", what));
    }
    let [status, category, workflow, environment] =
        of.map(|text| (!text.is_empty()).then_some(text));
    Ok(Purge { executed_before, status, category, workflow, environment, month: month(of_month)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_purge_other_tickets_than_were_meant_is_refused() {
        let past = Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 });
        let any = v1::TicketFilter::default;
        assert!(which(any(), past, 0).is_ok());
        assert!(which(any(), past, 202_611).is_ok());
        let future = Some(prost_types::Timestamp { seconds: 9_000_000_000, nanos: 0 });
        let since = v1::TicketFilter { since: past, ..any() };
        let until = v1::TicketFilter { until: past, ..any() };
        let one = v1::TicketFilter { ticket_id: "4711".to_owned(), ..any() };
        let few = v1::TicketFilter { max_confidence: Some(0.0), ..any() };
        for (filter, before, month, argument) in [
            (any(), None, 0, "executed_before: "),
            (any(), future, 0, "executed_before: "),
            (since, past, 0, "filter: "),
            (until, past, 0, "filter: "),
            (one, past, 0, "filter: "),
            (few, past, 0, "filter: "),
            (any(), past, 11, "month: "),
        ] {
            let status = which(filter, before, month).unwrap_err();
            assert_eq!(status.code(), tonic::Code::InvalidArgument);
            assert!(status.message().starts_with(argument), "{}", status.message());
        }
    }
}
