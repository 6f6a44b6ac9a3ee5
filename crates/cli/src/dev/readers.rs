//! Who reads in a `dev`'s database, for panels: the provider and every tenant, each with a login and a
//! database of views of its own. The embedded engine keeps its users in a file, so a tenant that
//! comes or goes is a restart of it; passwords are kept in `dev.json`.

use ticketlens_engine::{Access, GuardedTable, Name, Reader as User, Rows, Secret};
use ticketlens_receiver::TenantChanges;
use ticketlens_store::{DatabaseName, GUARDED, Reader, ReaderError, Store, TenantName, Visibility};

use super::Database;
use crate::{
    exit::{Exit, Failure, Result, chain},
    instance::{Instance, ReaderLogin},
    terminal::note,
};

/// A login with a password of its own.
pub fn new_login(reader: &Reader) -> Result<ReaderLogin> {
    let password =
        Secret::random().map_err(|e| Failure::new(Exit::Failed, format!("no randomness: {e}")))?;
    Ok(ReaderLogin {
        tenant: reader.tenant().map(|tenant| tenant.as_str().to_owned()),
        user: reader.name().to_owned(),
        password: password.reveal().to_owned(),
    })
}

/// The database every `dev` has.
pub fn database() -> DatabaseName {
    DatabaseName::default()
}

/// The reader a login in `dev.json` is of; `None` where somebody wrote something else there.
pub fn reader_of(login: &ReaderLogin) -> Option<Reader> {
    let whose = match &login.tenant {
        None => Visibility::All,
        Some(tenant) => Visibility::Tenant(tenant.parse().ok()?),
    };
    Some(Reader::new(&database(), whose)).filter(|reader| reader.name() == login.user)
}

/// The engine's users: the administrator, and these readers with their definers.
pub fn access(admin: Secret, logins: &[ReaderLogin]) -> Access {
    let database = database();
    let guard = |guarded: &ticketlens_store::Guarded| {
        Some(GuardedTable {
            database: Name::new(database.store()).ok()?,
            table: Name::new(guarded.table).ok()?,
            tenant_column: Name::new(guarded.tenant_column).ok()?,
        })
    };
    let user = |login: &ReaderLogin| {
        let reader = reader_of(login)?;
        Some(User {
            user: Name::new(reader.name()).ok()?,
            password: Secret::new(login.password.clone()),
            database: Name::new(reader.name()).ok()?,
            definer: Name::new(reader.definer()).ok()?,
            rows: match reader.tenant() {
                None => Rows::All,
                Some(tenant) => Rows::OfTenant(tenant.as_str().to_owned()),
            },
        })
    };
    let mut access = Access::admin_only(admin);
    access.guarded = GUARDED.iter().filter_map(guard).collect();
    // Without every filter nobody reads at all.
    if access.guarded.len() == GUARDED.len() {
        access.invoker_views = Name::new(database.views()).into_iter().collect();
        access.readers = logins.iter().filter_map(user).collect();
    }
    access
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn login(tenant: Option<&str>) -> ReaderLogin {
        let whose = tenant.map_or(Visibility::All, |t| Visibility::Tenant(t.parse().unwrap()));
        new_login(&Reader::new(&database(), whose)).unwrap()
    }

    #[test]
    fn every_login_is_an_engines_user_held_to_its_rows() {
        let access = access(Secret::new("admin"), &[login(None), login(Some("skyline-air"))]);
        assert_eq!(access.guarded.len(), GUARDED.len());
        let rows: Vec<_> = access.readers.iter().map(|user| user.rows.clone()).collect();
        assert_eq!(rows, [Rows::All, Rows::OfTenant("skyline-air".into())]);
        assert_eq!(access.readers[1].definer.as_str(), "ticketlens_definer_t_skyline_air");
    }

    #[test]
    fn a_login_that_does_not_fit_its_tenant_is_none() {
        let mut wrong = login(Some("acme"));
        wrong.tenant = Some("globex".into());
        assert!(reader_of(&wrong).is_none());
        wrong.tenant = None;
        assert!(reader_of(&wrong).is_none());
        assert!(access(Secret::new("admin"), &[wrong]).readers.is_empty());
    }
}
