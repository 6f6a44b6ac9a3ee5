//! Administrative acts, as the audit tells them: what is done, by whom, to whose, and what it changes.

use std::{fmt, str::FromStr};

use crate::{KeyId, TenantName};

/// Longest subject, in bytes.
const SUBJECT_BYTES: usize = 200;
/// Most that is told of one change, in bytes: a whole list of denied keys, as it was and is.
const CHANGE_BYTES: usize = 10_000;

macro_rules! acts {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// What is done. The names are stored and stay.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Act {
            $($(#[$doc])* $variant,)+
        }

        impl Act {
            /// Every act there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// As it is stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

acts! {
    /// A tenant is added.
    TenantCreate = "tenant.create",
    /// A tenant's settings change.
    TenantUpdate = "tenant.update",
    /// A tenant is removed, with its keys and tickets.
    TenantDelete = "tenant.delete",
    /// A key is made.
    KeyCreate = "key.create",
    /// A key gets a successor, and an end.
    KeyRotate = "key.rotate",
    /// A key is revoked.
    KeyRevoke = "key.revoke",
    /// Tickets are erased.
    TicketsErase = "tickets.erase",
    /// Tickets are purged by a filter.
    TicketsPurge = "tickets.purge",
    /// A retention is applied to what is stored already.
    RetentionApply = "retention.apply",
    /// A place in Grafana is made, or put right.
    GrafanaProvision = "grafana.provision",
    /// A place in Grafana is taken away.
    GrafanaRemove = "grafana.remove",
    /// A call of administration with a key that may not.
    AdminCall = "admin.call",
    /// The database's tables are brought up to date.
    StoreMigrate = "store.migrate",
    /// The database is looked after by hand.
    StoreMaintain = "store.maintain",
    /// A receiver takes no tickets for a while.
    MaintenanceOn = "maintenance.on",
    /// It goes on.
    MaintenanceOff = "maintenance.off",
    /// Prices are put into the list, or the list is replaced.
    PricesImport = "prices.import",
    /// One price is put into the list.
    PriceSet = "price.set",
    /// One price is taken out of the list.
    PriceRemove = "price.remove",
    /// The list is applied to what is stored already.
    PricesApply = "prices.apply",
    /// What a resolved ticket of a tenant saves is set.
    RateSet = "rate.set",
    /// It is set no more.
    RateRemove = "rate.remove",
    /// A backup is made.
    BackupCreate = "backup.create",
    /// A backup is brought back.
    BackupRestore = "backup.restore",
}

/// The text is no act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no act of that name; there are {}", names())]
pub struct UnknownAct;

fn names() -> String {
    Act::ALL.iter().map(|act| act.as_str()).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Act {
    type Err = UnknownAct;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|act| act.as_str() == text).ok_or(UnknownAct)
    }
}

/// Who does it, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Whoever has the key.
    Key {
        /// The key.
        id: KeyId,
        /// The address the call came from; empty where it is not known.
        origin: String,
    },
    /// This program on its own, or somebody at its command line who needed no key.
    Program {
        /// The part or the command, e.g. `migrate`.
        part: &'static str,
    },
}

/// An act that is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    pub(crate) act: Act,
    pub(crate) actor: Actor,
    pub(crate) tenant: Option<TenantName>,
    pub(crate) subject: String,
    pub(crate) changed: Vec<(String, String)>,
}

impl AuditEntry {
    /// An act of nobody's tenant, or of all.
    pub fn new(act: Act, actor: Actor) -> Self {
        Self { act, actor, tenant: None, subject: String::new(), changed: Vec::new() }
    }

    /// Whose it is: this tenant sees the entry, too.
    #[must_use]
    pub fn of(self, tenant: TenantName) -> Self {
        Self { tenant: Some(tenant), ..self }
    }

    /// What it is done to, e.g. a key's id. Never a ticket's number nor a customer's hash: what was
    /// erased would still be named here. Cut where it is long.
    #[must_use]
    pub fn on(mut self, subject: impl fmt::Display) -> Self {
        self.subject = cut(subject.to_string(), SUBJECT_BYTES);
        self
    }

    /// A setting that changes; none of a ticket's text.
    #[must_use]
    pub fn changing(mut self, name: &str, what: impl fmt::Display) -> Self {
        self.changed.push((name.to_owned(), cut(what.to_string(), CHANGE_BYTES)));
        self
    }

    /// Several of them.
    #[must_use]
    pub fn changing_all(mut self, changes: Vec<(String, String)>) -> Self {
        let cut = |(name, what)| (name, cut(what, CHANGE_BYTES));
        self.changed.extend(changes.into_iter().map(cut));
        self
    }
}

fn cut(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_reads_back_as_itself_and_says_whats() {
        for act in Act::ALL {
            assert_eq!(act.as_str().parse(), Ok(*act));
            let (whats, done) = act.as_str().split_once('.').unwrap();
            assert!([whats, done].iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())));
        }
        assert_eq!("key.destroy".parse::<Act>(), Err(UnknownAct));
    }

    #[test]
    fn a_long_subject_is_cut_between_characters() {
        let actor = Actor::Program { part: "test" };
        let entry = AuditEntry::new(Act::StoreMaintain, actor).on("é".repeat(300));
        assert_eq!(entry.subject, "é".repeat(100));
    }
}
