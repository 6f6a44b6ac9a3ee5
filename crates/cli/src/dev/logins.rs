//! Who may log in to a `dev`'s database: its administrator, and the readers that `dev.json` keeps, each
//! held to the rows of its tenant.

use secrecy::{ExposeSecret, SecretString};
use ticketlens_engine::{Access, GuardedTable, Name, Reader as User, Rows, random_password};
use ticketlens_store::{DatabaseName, GUARDED, Reader, Visibility};

use crate::{
    exit::{Exit, Failure, Result},
    instance::ReaderLogin,
};

/// A login with a password of its own.
pub fn new_login(reader: &Reader) -> Result<ReaderLogin> {
    let password =
        random_password().map_err(|e| Failure::new(Exit::Failed, format!("no randomness: {e}")))?;
    Ok(ReaderLogin {
        tenant: reader.tenant().map(|tenant| tenant.as_str().to_owned()),
        user: reader.name().to_owned(),
        password: password.expose_secret().to_owned(),
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
pub fn access(admin: SecretString, logins: &[ReaderLogin]) -> Access {
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
            password: SecretString::from(login.password.clone()),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn login(tenant: Option<&str>) -> ReaderLogin {
        let whose = tenant.map_or(Visibility::All, |t| Visibility::Tenant(t.parse().unwrap()));
        new_login(&Reader::new(&database(), whose)).unwrap()
    }

    #[test]
    fn every_login_is_an_engines_user_held_to_its_rows() {
        let access =
            access(SecretString::from("admin"), &[login(None), login(Some("skyline-air"))]);
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
        assert!(access(SecretString::from("admin"), &[wrong]).readers.is_empty());
    }
}
