//! `RecordProvisioning`: what a program did in Grafana, beside the receiver, for the audit.

use ticketlens_api::v1;
use ticketlens_store::{Act, AuditEntry, Store};
use tonic::{Request, Status};

use super::scope::{admin, store_failed, tenant_name};
use crate::auth::{KeySource, Keys};

/// Tells the audit of a place that was made, put right or taken away.
pub(super) async fn record<S: KeySource>(
    keys: &Keys<S>,
    store: &Store,
    request: Request<v1::RecordProvisioningRequest>,
) -> Result<v1::RecordProvisioningResponse, Status> {
    let caller = admin(keys, &request).await?;
    let v1::RecordProvisioningRequest { tenant, removed, changes } = request.into_inner();
    let act = if removed { Act::GrafanaRemove } else { Act::GrafanaProvision };
    let entry = AuditEntry::new(act, caller.actor());
    let entry = match tenant.as_str() {
        "" => entry,
        name => entry.of(tenant_name(name)?),
    };
    let told = store.record_audit(entry, changes.into()).await;
    told.map_err(|error| store_failed(&error, error.is_retryable()))?;
    Ok(v1::RecordProvisioningResponse {})
}
