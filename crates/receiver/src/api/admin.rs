//! `AdminService`: tenants and their keys. What changes something is told in the audit. What is
//! changed here is in force here at once, and in other receivers with their next look at the keys.

use std::{
    num::{NonZeroU32, NonZeroU64},
    sync::{Arc, OnceLock},
};

use secrecy::ExposeSecret;
use ticketlens_api::v1;
use ticketlens_store::{
    Act, AuditEntry, DeleteTenantError, DenyKeys, EraseError, Erased, KeyRequest, Scope, Store,
    TenantChange, TenantDeleted, TenantLimits, TenantSettings, Visibility,
};
use tokio::sync::{Mutex, mpsc, oneshot};
use tonic::{Request, Response, Status, async_trait};

use super::{
    acts,
    audit::{self, Told, audited},
    begun::BegunBackups,
    maintenance::Maintenance,
    messages::{self, time},
    provisioning, rotation,
    scope::{admin, invalid, key_failed, store_failed, tenant_failed, tenant_name},
    selection::customer_hash,
    value_rates,
};
use crate::{
    auth::{KeySource, Keys},
    prices::Prices,
};

/// Who else has something to do when tenants come and go, once somebody has: told of every change
/// with a sender that it drops when it has dealt with it.
pub(crate) type TenantsChanged = Arc<OnceLock<mpsc::Sender<oneshot::Sender<()>>>>;

/// Answers `AdminService`.
#[derive(Debug)]
pub(crate) struct Admin<S: KeySource> {
    pub(crate) keys: Arc<Keys<S>>,
    pub(crate) store: Store,
    pub(crate) prices: Arc<Prices>,
    pub(crate) tenants_changed: TenantsChanged,
    pub(crate) backups: BegunBackups,
    /// Held while many stored tickets are deleted or stamped: two purges of the same would both count
    /// what one deletes.
    pub(crate) cleaning: Mutex<()>,
    pub(crate) maintenance: Maintenance,
    /// Held while ClickHouse is asked for a checkup.
    pub(crate) checking: Mutex<()>,
    /// Whether this receiver's start migrates.
    pub(crate) migrates: bool,
}

impl<S: KeySource> Admin<S> {
    /// Puts a change in force here. Where that fails, the regular reading does it later.
    async fn in_force(&self) {
        if let Err(error) = self.keys.reread().await {
            tracing::warn!(
                name: "keys.read_failed", %error,
                "a change of keys or tenants is in force a little later"
            );
        }
    }

    /// Has others follow before the caller is answered, so that what is asked next finds it done.
    async fn followed(&self) {
        let Some(tenants_changed) = self.tenants_changed.get() else { return };
        let (done, is_done) = oneshot::channel();
        if tenants_changed.send(done).await.is_ok() {
            // It is dropped when done, and nothing is ever sent.
            let _ = is_done.await;
        }
    }
}

fn deletion_failed(error: DeleteTenantError) -> Status {
    match error {
        DeleteTenantError::Tenant(error) => tenant_failed(error),
        error => store_failed(&error, error.is_retryable()),
    }
}

fn deny_keys(keys: &[String]) -> Result<DenyKeys, Status> {
    DenyKeys::new(keys).map_err(|error| invalid("deny_keys", error))
}

fn erase_failed(error: EraseError) -> Status {
    store_failed(&error, error.is_retryable())
}

#[async_trait]
impl<S: KeySource> v1::admin_service_server::AdminService for Admin<S> {
    async fn create_tenant(
        &self,
        request: Request<v1::CreateTenantRequest>,
    ) -> Result<Response<v1::Tenant>, Status> {
        let caller = admin(&self.keys, &request).await?;
        let request = request.into_inner();
        let mut tenant = TenantSettings::new(tenant_name(&request.name)?);
        if !request.display_name.is_empty() {
            tenant.display_name = request.display_name;
        }
        if !request.capture.is_empty() {
            tenant.capture = request.capture.parse().map_err(|e| invalid("capture", e))?;
        }
        if request.trace_days != 0 {
            tenant.trace_days = request.trace_days;
        }
        if request.metrics_days != 0 {
            tenant.metrics_days = request.metrics_days;
        }
        tenant.deny_keys = deny_keys(&request.deny_keys)?;
        tenant.drop_messages = request.drop_messages;
        if !request.subject.is_empty() {
            tenant.subject = request.subject.parse().map_err(|e| invalid("subject", e))?;
        }
        tenant.limits = TenantLimits {
            records_per_second: NonZeroU32::new(request.max_records_per_second),
            bytes_per_second: NonZeroU64::new(request.max_bytes_per_second),
            records_per_day: NonZeroU64::new(request.max_records_per_day),
        };
        tenant.check().map_err(|error| tenant_failed(error.into()))?;
        let entry = AuditEntry::new(Act::TenantCreate, caller.actor())
            .of(tenant.name.clone())
            .changing_all(acts::settings(&tenant));
        let tenant = audited(&self.store, entry, async {
            let tenant = self.store.create_tenant(&tenant).await.map_err(tenant_failed)?;
            Ok((tenant, Told::affecting(1)))
        })
        .await?;
        self.in_force().await;
        self.followed().await;
        Ok(Response::new(messages::tenant(tenant)))
    }

    async fn list_tenants(
        &self,
        request: Request<v1::ListTenantsRequest>,
    ) -> Result<Response<v1::ListTenantsResponse>, Status> {
        admin(&self.keys, &request).await?;
        let tenants = self.store.list_tenants().await.map_err(tenant_failed)?;
        let tenants = tenants.into_iter().map(messages::tenant).collect();
        Ok(Response::new(v1::ListTenantsResponse { tenants }))
    }

    async fn get_tenant(
        &self,
        request: Request<v1::GetTenantRequest>,
    ) -> Result<Response<v1::Tenant>, Status> {
        admin(&self.keys, &request).await?;
        let name = tenant_name(&request.get_ref().name)?;
        let tenant = self.store.tenant(&name).await.map_err(tenant_failed)?;
        Ok(Response::new(messages::tenant(tenant)))
    }

    async fn update_tenant(
        &self,
        request: Request<v1::UpdateTenantRequest>,
    ) -> Result<Response<v1::Tenant>, Status> {
        let caller = admin(&self.keys, &request).await?;
        let request = request.into_inner();
        let name = tenant_name(&request.name)?;
        let capture = match request.capture {
            None => None,
            Some(text) => Some(text.parse().map_err(|error| invalid("capture", error))?),
        };
        let subject = request.subject.map(|text| text.parse()).transpose();
        let subject = subject.map_err(|error| invalid("subject", error))?;
        let change = TenantChange {
            display_name: request.display_name,
            capture,
            trace_days: request.trace_days,
            metrics_days: request.metrics_days,
            deny_keys: request.deny_keys.map(|list| deny_keys(&list.keys)).transpose()?,
            drop_messages: request.drop_messages,
            subject,
            records_per_second: request.max_records_per_second,
            bytes_per_second: request.max_bytes_per_second,
            records_per_day: request.max_records_per_day,
        };
        let before = self.store.tenant(&name).await.map_err(tenant_failed)?;
        let asked = change.clone().applied_to(before.clone());
        asked.check().map_err(|error| tenant_failed(error.into()))?;
        let entry = AuditEntry::new(Act::TenantUpdate, caller.actor())
            .of(name.clone())
            .changing_all(acts::differences(&before, &asked));
        let tenant = audited(&self.store, entry, async {
            let tenant = self.store.update_tenant(&name, change).await.map_err(tenant_failed)?;
            let changed = Some(acts::differences(&before, &tenant));
            Ok((tenant, Told { affected: 1, changed, subject: None }))
        })
        .await?;
        self.in_force().await;
        Ok(Response::new(messages::tenant(tenant)))
    }

    async fn delete_tenant(
        &self,
        request: Request<v1::DeleteTenantRequest>,
    ) -> Result<Response<v1::DeleteTenantResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        let name = tenant_name(&request.get_ref().name)?;
        let entry = AuditEntry::new(Act::TenantDelete, caller.actor()).of(name.clone());
        let deleted = audited(&self.store, entry, async {
            let deleted = self.store.delete_tenant(&name).await.map_err(deletion_failed)?;
            let revoked = ("keys_revoked".to_owned(), deleted.keys_revoked.to_string());
            let affected = deleted.tickets;
            Ok((deleted, Told { affected, changed: Some(vec![revoked]), subject: None }))
        })
        .await;
        // Also where only a part was done: the tenant is shut out first.
        self.in_force().await;
        self.followed().await;
        let TenantDeleted { tickets, keys_revoked } = deleted?;
        Ok(Response::new(v1::DeleteTenantResponse { tickets, keys_revoked }))
    }

    async fn create_key(
        &self,
        request: Request<v1::CreateKeyRequest>,
    ) -> Result<Response<v1::CreateKeyResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        let v1::CreateKeyRequest { tenant, scope, note, expires_at } = request.into_inner();
        let tenant = match tenant.as_str() {
            "" => None,
            name => Some(tenant_name(name)?),
        };
        let scope: Scope = scope.parse().map_err(|error| invalid("scope", error))?;
        let expires_at = time("expires_at", expires_at)?;
        let entry = AuditEntry::new(Act::KeyCreate, caller.actor())
            .changing("scope", scope)
            .changing("expires_at", acts::ends(expires_at));
        let entry = match &tenant {
            Some(tenant) => entry.of(tenant.clone()),
            None => entry,
        };
        let key_request = KeyRequest { tenant, scope, note, expires_at };
        let new = audited(&self.store, entry, async {
            let new = self.store.create_key(key_request).await.map_err(key_failed)?;
            let subject = Some(new.key.id.to_string());
            Ok((new, Told { affected: 1, subject, changed: None }))
        })
        .await?;
        self.in_force().await;
        let secret = new.secret.expose_secret().to_owned();
        Ok(Response::new(v1::CreateKeyResponse { key: Some(messages::key(new.key)), secret }))
    }

    async fn list_keys(
        &self,
        request: Request<v1::ListKeysRequest>,
    ) -> Result<Response<v1::ListKeysResponse>, Status> {
        admin(&self.keys, &request).await?;
        let tenant = match request.get_ref().tenant.as_str() {
            "" => None,
            name => Some(tenant_name(name)?),
        };
        let keys = self.store.list_keys(tenant.as_ref()).await.map_err(key_failed)?;
        let known = |key| messages::key(self.keys.uses().known(key));
        let keys = keys.into_iter().map(known).collect();
        Ok(Response::new(v1::ListKeysResponse { keys }))
    }

    async fn revoke_key(
        &self,
        request: Request<v1::RevokeKeyRequest>,
    ) -> Result<Response<v1::Key>, Status> {
        let caller = admin(&self.keys, &request).await?;
        let id = request.get_ref().id.parse().map_err(|error| invalid("id", error))?;
        let key = self.store.key(id).await.map_err(key_failed)?;
        let entry = acts::of_key(AuditEntry::new(Act::KeyRevoke, caller.actor()), &key);
        let key = audited(&self.store, entry, async {
            let revoked = self.store.revoke_key(id).await.map_err(key_failed)?;
            // Revoked again it changes nothing.
            let affected = u64::from(key.revoked_at.is_none());
            Ok((revoked, Told::affecting(affected)))
        })
        .await?;
        self.in_force().await;
        let key = rotation::with_use(&self.keys, &self.store, key).await;
        Ok(Response::new(messages::key(key)))
    }

    async fn erase_tickets(
        &self,
        request: Request<v1::EraseTicketsRequest>,
    ) -> Result<Response<v1::EraseTicketsResponse>, Status> {
        use v1::erase_tickets_request::What;
        let caller = admin(&self.keys, &request).await?;
        let v1::EraseTicketsRequest { tenant, what } = request.into_inner();
        let name = tenant_name(&tenant)?;
        match &what {
            Some(What::TicketId(id)) if !id.is_empty() => {}
            Some(What::Customer(hash)) => customer_hash(hash)?,
            _ => return Err(Status::invalid_argument("name a ticket_id or a customer to erase")),
        }
        self.store.tenant(&name).await.map_err(tenant_failed)?;
        let entry = AuditEntry::new(Act::TicketsErase, caller.actor())
            .of(name.clone())
            .changing("by", acts::erased_by(what.as_ref()));
        let whose = Visibility::Tenant(name);
        let erased = audited(&self.store, entry, async {
            let erased = match &what {
                Some(What::TicketId(id)) => self.store.erase_ticket(&whose, id, None).await,
                Some(What::Customer(hash)) => self.store.erase_customer(&whose, hash).await,
                None => Ok(Erased::default()),
            };
            let erased = erased.map_err(erase_failed)?;
            let affected = erased.executions.saturating_add(erased.feedback);
            Ok((erased, Told::affecting(affected)))
        })
        .await?;
        let Erased { executions, feedback } = erased;
        Ok(Response::new(v1::EraseTicketsResponse { erased: executions, feedback }))
    }

    async fn rotate_key(
        &self,
        request: Request<v1::RotateKeyRequest>,
    ) -> Result<Response<v1::RotateKeyResponse>, Status> {
        let rotated = rotation::rotate(&self.keys, &self.store, request).await?;
        self.in_force().await;
        Ok(Response::new(rotated))
    }

    async fn list_audit(
        &self,
        request: Request<v1::ListAuditRequest>,
    ) -> Result<Response<v1::ListAuditResponse>, Status> {
        audit::list(&self.keys, &self.store, request).await.map(Response::new)
    }

    async fn record_provisioning(
        &self,
        request: Request<v1::RecordProvisioningRequest>,
    ) -> Result<Response<v1::RecordProvisioningResponse>, Status> {
        provisioning::record(&self.keys, &self.store, request).await.map(Response::new)
    }

    async fn purge_tickets(
        &self,
        request: Request<v1::PurgeTicketsRequest>,
    ) -> Result<Response<v1::PurgeTicketsResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        self.purge(caller, request.into_inner()).await.map(Response::new)
    }

    async fn apply_retention(
        &self,
        request: Request<v1::ApplyRetentionRequest>,
    ) -> Result<Response<v1::ApplyRetentionResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        self.apply(caller, request.into_inner()).await.map(Response::new)
    }

    async fn create_backup(
        &self,
        request: Request<v1::CreateBackupRequest>,
    ) -> Result<Response<v1::CreateBackupResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        self.begin_backup(caller, request.into_inner()).await.map(Response::new)
    }

    async fn get_backup(
        &self,
        request: Request<v1::GetBackupRequest>,
    ) -> Result<Response<v1::GetBackupResponse>, Status> {
        admin(&self.keys, &request).await?;
        self.backup_state(request.into_inner()).await.map(Response::new)
    }

    async fn set_maintenance(
        &self,
        request: Request<v1::SetMaintenanceRequest>,
    ) -> Result<Response<v1::Maintenance>, Status> {
        let caller = admin(&self.keys, &request).await?;
        let on = request.into_inner().on;
        self.maintenance.set(&self.store, &caller, on).await.map(Response::new)
    }

    async fn get_maintenance(
        &self,
        request: Request<v1::GetMaintenanceRequest>,
    ) -> Result<Response<v1::Maintenance>, Status> {
        admin(&self.keys, &request).await?;
        Ok(Response::new(self.maintenance.state()))
    }

    async fn get_checkup(
        &self,
        request: Request<v1::GetCheckupRequest>,
    ) -> Result<Response<v1::Checkup>, Status> {
        admin(&self.keys, &request).await?;
        self.checkup().await.map(Response::new)
    }

    async fn list_prices(
        &self,
        request: Request<v1::ListPricesRequest>,
    ) -> Result<Response<v1::ListPricesResponse>, Status> {
        admin(&self.keys, &request).await?;
        self.price_page(request.into_inner()).await.map(Response::new)
    }

    async fn import_prices(
        &self,
        request: Request<v1::ImportPricesRequest>,
    ) -> Result<Response<v1::ImportPricesResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        self.put_prices(caller, request.into_inner()).await.map(Response::new)
    }

    async fn set_price(
        &self,
        request: Request<v1::SetPriceRequest>,
    ) -> Result<Response<v1::SetPriceResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        self.put_price(caller, request.into_inner()).await.map(Response::new)
    }

    async fn remove_price(
        &self,
        request: Request<v1::RemovePriceRequest>,
    ) -> Result<Response<v1::RemovePriceResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        self.drop_price(caller, request.into_inner()).await.map(Response::new)
    }

    async fn apply_prices(
        &self,
        request: Request<v1::ApplyPricesRequest>,
    ) -> Result<Response<v1::ApplyPricesResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        self.reprice(caller, request.into_inner()).await.map(Response::new)
    }

    async fn list_value_rates(
        &self,
        request: Request<v1::ListValueRatesRequest>,
    ) -> Result<Response<v1::ListValueRatesResponse>, Status> {
        admin(&self.keys, &request).await?;
        value_rates::list(&self.store, request.into_inner()).await.map(Response::new)
    }

    async fn set_value_rate(
        &self,
        request: Request<v1::SetValueRateRequest>,
    ) -> Result<Response<v1::ValueRate>, Status> {
        let caller = admin(&self.keys, &request).await?;
        value_rates::set(&self.store, &caller, request.into_inner()).await.map(Response::new)
    }

    async fn remove_value_rate(
        &self,
        request: Request<v1::RemoveValueRateRequest>,
    ) -> Result<Response<v1::RemoveValueRateResponse>, Status> {
        let caller = admin(&self.keys, &request).await?;
        value_rates::remove(&self.store, &caller, request.into_inner()).await.map(Response::new)
    }
}
