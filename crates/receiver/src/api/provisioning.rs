//! `RecordProvisioning`: what a program did in Grafana, beside the receiver, for the audit.

use ticketlens_api::v1;
use ticketlens_store::{Act, AuditEntry};
use tonic::{Request, Status};

use super::{
    admin::Admin,
    scope::{admin, store_failed, tenant_name},
};
use crate::auth::KeySource;

impl<S: KeySource> Admin<S> {
    /// Tells the audit of a place that was made, put right or taken away.
    pub(super) async fn record_place(
        &self,
        request: Request<v1::RecordProvisioningRequest>,
    ) -> Result<v1::RecordProvisioningResponse, Status> {
        let caller = admin(&self.keys, &request).await?;
        let v1::RecordProvisioningRequest { tenant, removed, changes } = request.into_inner();
        let act = if removed { Act::GrafanaRemove } else { Act::GrafanaProvision };
        let entry = AuditEntry::new(act, caller.actor());
        let entry = match tenant.as_str() {
            "" => entry,
            name => entry.of(tenant_name(name)?),
        };
        let told = self.store.record_audit(entry, changes.into()).await;
        told.map_err(|error| store_failed(&error, error.is_retryable()))?;
        Ok(v1::RecordProvisioningResponse {})
    }
}
