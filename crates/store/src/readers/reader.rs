//! A reader: its names, the rows it sees, and the mark on its database.

use std::fmt;

use super::quoting::literal;
use crate::{DatabaseName, TenantName, Visibility};

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

    /// The rows its definer sees, as a condition on the column that holds the tenant.
    pub(crate) fn filter(&self, tenant_column: &str) -> String {
        match self.whose() {
            Visibility::All => "1".to_owned(),
            Visibility::Tenant(tenant) => format!("{tenant_column} = {}", literal(tenant.as_str())),
        }
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
}
