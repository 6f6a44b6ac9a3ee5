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

/// Everything the receiver does. Narrow on purpose: whoever has taken `ALTER` on the audit away has
/// done as docs/operating.md says.
const NEEDED_RIGHTS: &[NeededRight] = &[
    vital("SELECT, INSERT", "{store}.*", "to store tickets and to know keys"),
    vital("SELECT", "{views}.*", "to read tickets"),
    useful(
        "ALTER UPDATE, ALTER DELETE",
        "{store}.tickets",
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
        for needed in NEEDED_RIGHTS {
            let sql = format!("CHECK GRANT {} ON {}", needed.rights, needed.on);
            if self.in_time(self.sql(&sql).fetch_one::<u8>()).await? == 0 {
                missing.push(self.missing(needed));
            }
        }
        Ok(missing)
    }

    fn missing(&self, needed: &NeededRight) -> MissingRight {
        let &NeededRight { rights, on, what_for, is_vital } = needed;
        let statement = self.named(&format!("GRANT {rights} ON {on} TO ")) + &self.config.user;
        let (rights, what_for) = (rights.to_owned(), what_for.to_owned());
        MissingRight { rights, what_for, is_vital, statement }
    }
}
