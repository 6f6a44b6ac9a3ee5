//! Who may log in to the embedded engine, and what they may read.
//!
//! The engine has no writable access storage (`CREATE USER` is refused), so its users are a file made from an
//! [`Access`], and a change of it is a restart (0.3 s) with [`Engine::restart`](crate::Engine::restart).
//!
//! The layout is the one that held against attack:
//! - `default` can neither be removed nor given a password; it may do nothing but start the listeners, and its
//!   one allowed session is taken, so that no login over the network succeeds.
//! - A reader may select **only from views** in its own database. The views are
//!   `DEFINER = <definer> SQL SECURITY DEFINER`; the definer has no network and carries the row filter on the
//!   base tables. (A row filter directly on a reader's table leaks, through table functions among others.)
//! - Those views may select from views of the invoker's (`invoker_views`): the definer is the invoker then, and
//!   its row filter applies beneath.

use std::fmt;

use secrecy::SecretString;

/// The name of a user, database or table: `[a-z_][a-z0-9_]{0,62}`, so that it needs no quoting anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

/// A name that would need quoting, or that the engine keeps to itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name has 1 to 63 characters from a-z, 0-9 and _, starts with none of 0-9, and is not `default`"
)]
pub struct InvalidName;

impl Name {
    /// Checks a name.
    ///
    /// # Errors
    /// When it has other characters, is too long, or is `default`.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
        let name = name.into();
        let good_start = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if good_start && name.len() <= 63 && name.chars().all(good) && name != "default" {
            Ok(Self(name))
        } else {
            Err(InvalidName)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A base table that only definers and the administrator may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardedTable {
    /// Its database, e.g. `ticketlens_store`.
    pub database: Name,
    /// Its name, e.g. `tickets`.
    pub table: Name,
    /// The column that holds the tenant.
    pub tenant_column: Name,
}

/// Which rows a reader's definer lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// All tenants': the service provider's view.
    All,
    /// One tenant's.
    OfTenant(String),
}

/// A user who may select from the views of one database, and nothing else.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Login name.
    pub user: Name,
    /// Login password.
    pub password: SecretString,
    /// The database of views it may select from.
    pub database: Name,
    /// The user those views name as their definer; it can't log in.
    pub definer: Name,
    /// The rows the definer sees.
    pub rows: Rows,
}

/// All users of one embedded engine.
#[derive(Debug, Clone)]
pub struct Access {
    /// Password of the user `admin`, who may do everything.
    pub admin_password: SecretString,
    /// The base tables, each with a row filter for every definer.
    pub guarded: Vec<GuardedTable>,
    /// Databases of views over the base tables that run with the rights of whoever asks; definers may select
    /// from them too.
    pub invoker_views: Vec<Name>,
    /// Everyone else.
    pub readers: Vec<Reader>,
}

impl Access {
    /// The administrator's login name.
    pub const ADMIN: &'static str = "admin";

    /// Only the administrator.
    pub fn admin_only(admin_password: SecretString) -> Self {
        Self { admin_password, guarded: Vec::new(), invoker_views: Vec::new(), readers: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_need_quoting_are_refused() {
        for good in ["acme", "_a9", "t_acme_2"] {
            assert_eq!(Name::new(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(64);
        for bad in ["", "default", "9lives", "Acme", "a-b", "a b", "a<b", "a'b", "ä", &long] {
            assert_eq!(Name::new(bad), Err(InvalidName), "{bad}");
        }
    }
}
