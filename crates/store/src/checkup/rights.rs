//! What the receiver's login may do, asked for right by right: `CHECK GRANT` changes nothing, and knows
//! roles and wildcards.

use crate::{Fault, Store};

/// Something the receiver does, and the rights it takes.
#[derive(Clone, Copy, Debug)]
struct NeededRight {
    /// The rights, as `GRANT` has them.
    rights: &'static str,
    /// On what; `{views}` and `{store}` stand for the databases.
    on: &'static str,
    what_for: &'static str,
    is_vital: bool,
}

/// Rights that our login lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingRight {
    /// The rights, as `GRANT` has them.
    pub rights: String,
    /// On what, by its whole name; of our tables together: `ticketlens_store.*`.
    pub on: String,
    /// What can't be done without.
    pub what_for: String,
    /// Whether tickets are refused without.
    pub is_vital: bool,
    /// The statement that gives them.
    pub statement: String,
}

const fn vital(rights: &'static str, on: &'static str, what_for: &'static str) -> NeededRight {
    NeededRight { rights, on, what_for, is_vital: true }
}

const fn useful(rights: &'static str, on: &'static str, what_for: &'static str) -> NeededRight {
    NeededRight { rights, on, what_for, is_vital: false }
}

/// What the receiver does with each of its own tables. A login that may do it with all of them together is
/// not asked for each; one that lacks a few is told of these.
const OF_TABLES: &[(NeededRight, &[NeededRight])] = &[
    (
        vital("SELECT", "{store}.*", "to know keys and to read tickets"),
        &[
            vital("SELECT", "{store}.keys", "to know keys"),
            vital("SELECT", "{store}.tenants", "to know whose keys are"),
            vital("SELECT", "{store}.tickets", "to read tickets"),
            useful("SELECT", "{store}.feedback", "to read feedback"),
            useful("SELECT", "{store}.migrations", "to know whether tables are up to date"),
            useful("SELECT", "{store}.rejections", "to tell what was rejected"),
            useful(
                "SELECT",
                "{store}.usage",
                "to tell what tenants send, and keep their day's limits",
            ),
            useful("SELECT", "{store}.audit", "to list the audit"),
            useful("SELECT", "{store}.provider", "to list the audit"),
            useful("SELECT", "{store}.key_uses", "to tell when keys were last used"),
            useful("SELECT", "{store}.value_rates", "to tell what tickets were worth"),
            useful("SELECT", "{store}.prices", "to tell what calls of models cost"),
        ],
    ),
    (
        vital("INSERT", "{store}.*", "to store tickets"),
        &[
            vital("INSERT", "{store}.tickets", "to store tickets"),
            vital("INSERT", "{store}.feedback", "to store feedback"),
            useful("INSERT", "{store}.keys", "to make and to revoke keys"),
            useful("INSERT", "{store}.tenants", "to add and to change tenants"),
            useful("INSERT", "{store}.migrations", "to migrate at an upgrade"),
            useful("INSERT", "{store}.rejections", "to count what is rejected"),
            useful("INSERT", "{store}.usage", "to count what tenants send"),
            useful("INSERT", "{store}.audit", "to administrate: what can't be audited is not done"),
            useful("INSERT", "{store}.provider", "to migrate at an upgrade"),
            useful("INSERT", "{store}.key_uses", "to tell when keys were last used"),
            useful("INSERT", "{store}.value_rates", "to set what a resolved ticket saves"),
            useful("INSERT", "{store}.prices", "to change the list of prices"),
        ],
    ),
];

/// Everything else it does. Narrow on purpose: whoever has taken `ALTER` on the audit away has
/// done as docs/operating.md says.
const NEEDED_RIGHTS: &[NeededRight] = &[
    vital("SELECT", "{views}.*", "to read tickets"),
    useful(
        "ALTER UPDATE, ALTER DELETE",
        "{store}.tickets",
        "to erase, to purge and to change retention",
    ),
    useful(
        "ALTER UPDATE, ALTER DELETE",
        "{store}.feedback",
        "to erase, to purge and to change retention",
    ),
    useful("ALTER DELETE", "{store}.rejections", "to remove a tenant"),
    useful("CREATE TABLE, ALTER TABLE", "{store}.tickets", "to migrate at an upgrade"),
    useful("CREATE VIEW, DROP VIEW", "{views}.*", "to migrate at an upgrade"),
    useful("TABLE ENGINE", "MergeTree", "to migrate at an upgrade"),
    useful("TABLE ENGINE", "ReplacingMergeTree", "to migrate at an upgrade"),
    useful("TABLE ENGINE", "SummingMergeTree", "to migrate at an upgrade"),
    useful(
        "SELECT",
        "system.data_skipping_indices",
        "to start, and look for the index of searches",
    ),
    useful("BACKUP", "{store}.*", "to make backups"),
    useful("SELECT", "system.parts", "to tell what tickets take on the disk"),
    useful("SELECT", "system.disks", "to tell when the disk is full"),
    useful("SELECT", "system.backups", "to tell how far a backup is"),
    useful("SELECT", "system.detached_parts", "to tell of damaged parts"),
];

impl Store {
    /// What of all that the receiver does our login may not do.
    pub async fn missing_rights(&self) -> Result<Vec<MissingRight>, Fault> {
        let mut missing = Vec::new();
        for (all, each) in OF_TABLES {
            missing.extend(self.missing_of_tables(all, each).await?);
        }
        for needed in NEEDED_RIGHTS {
            if !self.has(needed).await? {
                missing.push(self.missing(needed));
            }
        }
        Ok(missing)
    }

    async fn missing_of_tables(
        &self,
        all: &NeededRight,
        each: &[NeededRight],
    ) -> Result<Vec<MissingRight>, Fault> {
        if self.has(all).await? {
            return Ok(Vec::new());
        }
        let mut missing = Vec::new();
        for needed in each {
            if !self.has(needed).await? {
                missing.push(self.missing(needed));
            }
        }
        // Who has it for no table at all is told in one line.
        if missing.len() == each.len() { Ok(vec![self.missing(all)]) } else { Ok(missing) }
    }

    async fn has(&self, needed: &NeededRight) -> Result<bool, Fault> {
        let sql = format!("CHECK GRANT {} ON {}", needed.rights, needed.on);
        Ok(self.in_time(self.sql(&sql).fetch_one::<u8>()).await? != 0)
    }

    fn missing(&self, needed: &NeededRight) -> MissingRight {
        let &NeededRight { rights, on, what_for, is_vital } = needed;
        let statement = self.named(&format!("GRANT {rights} ON {on} TO ")) + &self.config.user;
        let (rights, what_for) = (rights.to_owned(), what_for.to_owned());
        MissingRight { rights, on: self.named(on), what_for, is_vital, statement }
    }
}
