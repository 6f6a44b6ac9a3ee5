//! Who reads in a `dev`'s database, for panels: the provider and every tenant, each with a login and a
//! database of views of its own. The embedded engine keeps its users in a file, so a tenant that
//! comes or goes is a restart of it; passwords are kept in `dev.json`.

use ticketlens_receiver::TenantChanges;
use ticketlens_store::{Reader, ReaderError, Store, TenantName, Visibility};

use super::{
    database::Database,
    logins::{database, new_login},
};
use crate::{
    exit::{Exit, Failure, Result, chain},
    instance::Instance,
    terminal::note,
};

/// Keeps the readers what the tenants are.
pub struct Readers<'a> {
    pub database: &'a Database,
    pub store: Store,
}

impl Readers<'_> {
    /// Brings logins and views up to date; whether the logins changed.
    pub async fn sync(&self, instance: &mut Instance) -> Result<bool> {
        let tenants = self.store.list_tenants().await.map_err(|e| failed(&e))?;
        let tenants: Vec<TenantName> = tenants.into_iter().map(|tenant| tenant.name).collect();
        let whose = tenants.into_iter().map(Visibility::Tenant);
        let readers: Vec<Reader> = std::iter::once(Visibility::All)
            .chain(whose)
            .map(|whose| Reader::new(&database(), whose))
            .collect();
        for gone in self.store.published_readers().await.map_err(|e| failed(&e))? {
            if !readers.contains(&gone) {
                self.store.withdraw_views(&gone).await.map_err(|e| failed(&e))?;
            }
        }
        let mut logins = Vec::with_capacity(readers.len());
        for reader in &readers {
            let known = instance.readers.iter().find(|login| login.user == reader.name());
            logins.push(match known {
                Some(login) => login.clone(),
                None => new_login(reader)?,
            });
        }
        let changed = logins != instance.readers;
        if changed {
            self.database.admit(&logins).await?;
            instance.readers = logins;
        }
        for reader in &readers {
            self.publish(reader).await?;
        }
        Ok(changed)
    }

    async fn publish(&self, reader: &Reader) -> Result<()> {
        match self.store.publish_views(reader).await {
            // Somebody's own database of that name: theirs it stays, and nobody else misses anything.
            Err(error @ ReaderError::Taken(_)) => {
                note(&format!("no views for panels: {error}"));
                Ok(())
            }
            published => published.map(drop).map_err(|e| failed(&e)),
        }
    }

    /// Follows the tenants as they come and go, and `written` after each change. Never ends.
    pub async fn follow(
        &self,
        instance: &mut Instance,
        mut changes: TenantChanges,
        written: impl Fn(&Instance) -> Result<()>,
    ) -> Result<Exit> {
        while let Some(change) = changes.next().await {
            let followed = match self.sync(instance).await {
                Ok(true) => written(instance),
                Ok(false) => Ok(()),
                Err(failure) => Err(failure),
            };
            if let Err(failure) = followed {
                note(&format!("readers for panels are not up to date: {failure}"));
            }
            drop(change);
        }
        std::future::pending().await
    }
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(Exit::Failed, format!("readers for panels can't be made: {}", chain(error)))
}
