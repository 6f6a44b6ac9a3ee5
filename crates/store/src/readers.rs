//! Readers: who logs in to ClickHouse to look at tickets, and what keeps each to its own.
//!
//! A reader is the provider, who sees every tenant, or one tenant. It may select from a database of
//! views of its own and from nothing else:
//!
//! ```text
//! <reader>.tickets ──DEFINER──> <database>.tickets ──> <database>_store.tickets
//! what the login sees           the contract           row policies of the definer
//! ```
//!
//! Its views have the names, columns and comments of the contract's, and run as a *definer*: a user
//! without a login, to whom the row policies on the base tables apply. No policy is on the
//! reader itself: it may not touch a base table, so there is nothing it could go around.
//!
//! [`Store::publish_views`] makes the views, on any ClickHouse. Users and policies are either made by
//! [`Store::provision_reader`] with ClickHouse's own access control, or, where a server keeps its
//! users in a file as the embedded engine does, by whoever writes that file. The views are made only
//! for a definer whose policies are in force.

use std::fmt;

use crate::{DatabaseName, Fault, TenantName, Visibility};

mod policies;
mod rights;
mod statements;
mod views;

pub use statements::{DEFINER_SETTINGS, GRANTS_TO_PROVISION, READER_SETTINGS, Setting, Statement};
pub use views::Change;

/// A private table that definers may read, and the column that holds the tenant. Keys are in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// The table's name, in the database of the tables.
    pub table: &'static str,
    /// Its column with the tenant's name.
    pub tenant_column: &'static str,
}

/// Every table that views read.
pub const GUARDED: &[Guarded] = &[
    Guarded { table: "tickets", tenant_column: "tenant" },
    Guarded { table: "rejections", tenant_column: "tenant" },
    Guarded { table: "usage", tenant_column: "tenant" },
    Guarded { table: "tenants", tenant_column: "name" },
];

/// The provider or one tenant, as a login that reads. Every name in it is a checked identifier.
#[derive(Clone, PartialEq, Eq)]
pub struct Reader {
    database: DatabaseName,
    whose: Visibility,
    name: String,
    definer: String,
}

impl Reader {
    /// The reader of an installation's tickets. Nothing is made.
    ///
    /// ```
    /// use ticketlens_store::{Reader, Visibility};
    ///
    /// let database = "ticketlens".parse().unwrap();
    /// let tenant = Visibility::Tenant("skyline-air".parse().unwrap());
    /// assert_eq!(Reader::new(&database, tenant).name(), "ticketlens_t_skyline_air");
    /// assert_eq!(Reader::new(&database, Visibility::All).name(), "ticketlens_all");
    /// ```
    pub fn new(database: &DatabaseName, whose: Visibility) -> Self {
        // Tenants' names have hyphens and no underscores: no two become one.
        let suffix = match &whose {
            Visibility::All => "all".to_owned(),
            Visibility::Tenant(tenant) => format!("t_{}", tenant.as_str().replace('-', "_")),
        };
        Self {
            name: format!("{database}_{suffix}"),
            // In front: behind the name it could be the name of another tenant's reader.
            definer: format!("{database}_definer_{suffix}"),
            database: database.clone(),
            whose,
        }
    }

    /// Whose tickets it sees.
    pub fn whose(&self) -> &Visibility {
        &self.whose
    }

    /// The tenant; `None` for the provider.
    pub fn tenant(&self) -> Option<&TenantName> {
        match &self.whose {
            Visibility::All => None,
            Visibility::Tenant(tenant) => Some(tenant),
        }
    }

    /// Its login name and the name of its database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The user its views run as.
    pub fn definer(&self) -> &str {
        &self.definer
    }

    /// The installation's database: the contract its views repeat.
    pub fn source(&self) -> &DatabaseName {
        &self.database
    }

    /// The comment by which a database is known to be ours, and whose.
    pub(crate) fn mark(&self) -> String {
        let whose = match &self.whose {
            Visibility::All => "all tenants".to_owned(),
            Visibility::Tenant(tenant) => format!("tenant {tenant}"),
        };
        format!("{}{whose}", mark_prefix(&self.database))
    }

    /// The reader whose mark this is.
    pub(crate) fn of_mark(database: &DatabaseName, mark: &str) -> Option<Self> {
        let whose = match mark.strip_prefix(&mark_prefix(database))? {
            "all tenants" => Visibility::All,
            other => Visibility::Tenant(other.strip_prefix("tenant ")?.parse().ok()?),
        };
        Some(Self::new(database, whose))
    }
}

fn mark_prefix(database: &DatabaseName) -> String {
    format!("TicketLens, views of {database} for ")
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&self.name).finish()
    }
}

/// Why a reader could not be made, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReaderError {
    /// There are no views to repeat.
    #[error("there are no views in the database {0}; run the migrations")]
    NotMigrated(DatabaseName),
    /// A database of the reader's name that holds something else.
    #[error("there is a database {0} that TicketLens did not make")]
    Taken(String),
    /// Views would show every tenant's rows.
    #[error("no row policy holds the user {definer} to its rows in {table}")]
    Unguarded {
        /// The definer.
        definer: String,
        /// The table without a policy.
        table: &'static str,
    },
    /// The server's users are not its own to make.
    #[error("this ClickHouse keeps its users in a file, and makes none by itself")]
    UsersInAFile,
    /// A login is to be made, and there is no password for it.
    #[error("a new login needs a password")]
    NoPassword,
    /// A row policy on a private table that TicketLens did not make.
    #[error("there is a row policy {name} on {table} that TicketLens did not make")]
    ForeignPolicy {
        /// The policy.
        name: String,
        /// The table.
        table: String,
    },
    /// ClickHouse did not do it.
    #[error("{doing} failed")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// Why it was not.
        source: Fault,
    },
}

impl ReaderError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Failed { source, .. } if source.is_retryable())
    }

    /// Whether the login that is used may not do it.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Failed { source: Fault::Refused { code: 497, .. }, .. })
    }
}

fn failed(doing: &'static str) -> impl Fn(Fault) -> ReaderError {
    move |source| ReaderError::Failed { doing, source }
}

/// A text as a string literal of ClickHouse's.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A name as an identifier of ClickHouse's, whatever characters it has.
fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Reader {
        let tenant = Visibility::Tenant(name.parse().unwrap());
        Reader::new(&"ticketlens".parse().unwrap(), tenant)
    }

    #[test]
    fn no_reader_has_anothers_name() {
        let names =
            ["all", "store", "definer", "definer-all", "definer-t-a", "a", "a-definer", "t-a"];
        let mut seen = vec!["ticketlens".to_owned(), "ticketlens_store".to_owned()];
        let provider = Reader::new(&"ticketlens".parse().unwrap(), Visibility::All);
        for reader in names.map(tenant).into_iter().chain([provider]) {
            seen.extend([reader.name.clone(), reader.definer.clone()]);
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count, "{seen:?}");
    }

    #[test]
    fn a_mark_says_whose_the_database_is() {
        let database: DatabaseName = "ticketlens".parse().unwrap();
        let provider = Reader::new(&database, Visibility::All);
        for reader in [tenant("skyline-air"), provider] {
            assert_eq!(Reader::of_mark(&database, &reader.mark()), Some(reader.clone()));
            let other = "tickets".parse().unwrap();
            assert_eq!(Reader::of_mark(&other, &reader.mark()), None);
        }
        assert_eq!(Reader::of_mark(&database, "somebody's own"), None);
    }

    #[test]
    fn text_and_names_stay_in_their_quotes() {
        assert_eq!(literal(r"it's \ "), r"'it\'s \\ '");
        assert_eq!(identifier(r"a`b\"), r"`a\`b\\`");
    }
}
