//! `ApplyPrices`: the list in force, put to what is stored.

use std::time::Duration;

use ticketlens_api::v1;
use ticketlens_store::{Reprice, RepriceError, Repriced, SumChange, Visibility};
use ticketlens_ticket::Timestamp;
use tonic::Status;

use super::{
    acts,
    admin::Admin,
    audit::{Told, audited},
    messages::{time, timestamp},
    prices::failed as list_failed,
    purge::{month, month_count},
    scope::{Caller, invalid, store_failed, tenant_failed, tenant_name},
};
use crate::auth::KeySource;

/// How old a list is before it is applied: by then every receiver prices by it, and what they wrote
/// by the one before is stored.
const SETTLED: Duration = Duration::from_secs(5);

fn failed(error: RepriceError) -> Status {
    match error {
        RepriceError::Prices(error) => list_failed(error),
        RepriceError::NoPrices => Status::failed_precondition(error.to_string()),
        RepriceError::TooMany(_) => Status::resource_exhausted(error.to_string()),
        error => store_failed(&error, error.is_retryable()),
    }
}

impl<S: KeySource> Admin<S> {
    /// Puts the list in force to what stored tickets cost, or says what that would change.
    pub(super) async fn reprice(
        &self,
        caller: Caller,
        request: v1::ApplyPricesRequest,
    ) -> Result<v1::ApplyPricesResponse, Status> {
        let v1::ApplyPricesRequest { since, tenant, dry_run, month: of_month } = request;
        let Some(since) = time("since", since)? else {
            return Err(invalid("since", "is missing; costs are reckoned anew since a time"));
        };
        let visibility = match tenant.as_str() {
            "" => Visibility::All,
            name => {
                let name = tenant_name(name)?;
                self.store.tenant(&name).await.map_err(tenant_failed)?;
                Visibility::Tenant(name)
            }
        };
        let what = Reprice { visibility, since, month: month(of_month)? };
        let repriced = if dry_run {
            self.store.reprice_preview(&what).await.map_err(failed)?
        } else {
            let _alone = self.cleaning.lock().await;
            self.until_settled().await?;
            audited(&self.store, acts::reprice(caller.actor(), &what), async {
                let repriced = self.store.reprice(&what).await.map_err(failed)?;
                let told = Told::affecting(repriced.tickets);
                Ok((repriced, told))
            })
            .await?
        };
        let Repriced { tickets, gained, lost, sums, by_month, as_of } = repriced;
        let sum =
            |SumChange { currency, before, after }| v1::CostChange { currency, before, after };
        Ok(v1::ApplyPricesResponse {
            tickets,
            gained,
            lost,
            sums: sums.into_iter().map(sum).collect(),
            by_month: by_month.into_iter().map(month_count).collect(),
            as_of: as_of.map(timestamp),
        })
    }

    /// Waits until no receiver writes by an earlier list.
    async fn until_settled(&self) -> Result<(), Status> {
        self.prices.look(&self.store).await.map_err(list_failed)?;
        let Some(as_of) = self.prices.current().as_of else { return Ok(()) };
        let age = Timestamp::now().as_unix_nanos().saturating_sub(as_of.as_unix_nanos());
        tokio::time::sleep(SETTLED.saturating_sub(Duration::from_nanos(age))).await;
        Ok(())
    }
}
