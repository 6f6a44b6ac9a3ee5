//! Deleting a tenant, with its keys, its tickets and what is counted of it.

use crate::{EraseError, Fault, KeyError, Store, TenantError, TenantName};

/// Why a tenant was not deleted, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteTenantError {
    /// The tenant is not shut out: there is none of that name, or it could not be written.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The tenant is shut out, its tickets are not all deleted; try again.
    #[error("the tenant's tickets are not all deleted")]
    Tickets(#[source] EraseError),
    /// The tenant is shut out, its keys are not all revoked; try again.
    #[error("the tenant's keys are not all revoked")]
    Keys(#[source] KeyError),
    /// The tenant is shut out, what is counted of it is not all deleted; try again.
    #[error("the tenant's counts are not all deleted")]
    Counts(#[source] Fault),
}

impl DeleteTenantError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Tenant(error) => error.is_retryable(),
            Self::Tickets(error) => error.is_retryable(),
            Self::Keys(error) => error.is_retryable(),
            Self::Counts(fault) => fault.is_retryable(),
        }
    }
}

/// What went with a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantDeleted {
    /// Tickets deleted.
    pub tickets: u64,
    /// Keys revoked.
    pub keys_revoked: u32,
}

impl Store {
    /// Removes a tenant: shuts it out, revokes its keys, deletes its tickets and what is counted of
    /// it, in that order. May be called again until it succeeds. A receiver that has not reloaded its
    /// keys may still commit tickets of the tenant: nobody sees them; call it once more after that
    /// to be rid of them.
    pub async fn delete_tenant(
        &self,
        name: &TenantName,
    ) -> Result<TenantDeleted, DeleteTenantError> {
        self.mark_removed(name).await?;
        let keys_revoked = self.revoke_keys_of(name).await.map_err(DeleteTenantError::Keys)?;
        let tickets = self.erase_tenant(name).await.map_err(DeleteTenantError::Tickets)?;
        self.forget_counts(name).await.map_err(DeleteTenantError::Counts)?;
        Ok(TenantDeleted { tickets, keys_revoked })
    }
}
