//! Whether a ticket sent now would be stored, and if not, why.
//!
//! One value: `/readyz`, gRPC health and the way in all read it, and nobody keeps a copy, so that
//! they can't disagree. Whoever knows of trouble writes it: the supervisor which part is down, the
//! inserts what the database said, the end that it has begun.

use std::sync::Arc;

use ticketlens_ticket::Timestamp;
use tokio::sync::watch;

/// What is known of the receiver's parts and its database. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<watch::Sender<State>>);

/// Everything that speaks against being ready. Holds no text of anyone's.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    going_down: bool,
    /// Since when somebody has wanted no tickets to be taken.
    maintenance: Option<Timestamp>,
    /// Parts that are down, in the order they went.
    down: Vec<&'static str>,
    /// The database does not answer.
    away: bool,
    /// The database answers and takes no rows: what it said.
    unfit: Option<String>,
}

/// Why a ticket sent now would not be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// The end has begun.
    #[error("going down")]
    GoingDown,
    /// Somebody wants no tickets to be taken for a while.
    #[error("in maintenance")]
    Maintenance,
    /// A part of the receiver died, and is not back yet.
    #[error("a part has died: {0}")]
    PartDown(&'static str),
    /// The database does not answer.
    #[error("the database is not available")]
    DatabaseAway,
    /// The database answers and takes no rows; a code of the database's, and its name.
    #[error("{0}")]
    DatabaseUnfit(String),
}

impl State {
    /// The first reason a person should look at.
    pub(crate) fn why_not(&self) -> Option<NotReady> {
        if self.going_down {
            return Some(NotReady::GoingDown);
        }
        if self.maintenance.is_some() {
            return Some(NotReady::Maintenance);
        }
        if let Some(part) = self.down.first() {
            return Some(NotReady::PartDown(part));
        }
        if self.away {
            return Some(NotReady::DatabaseAway);
        }
        self.unfit.clone().map(NotReady::DatabaseUnfit)
    }

    pub(crate) fn is_going_down(&self) -> bool {
        self.going_down
    }

    /// Whether the database answers and takes rows.
    pub(crate) fn is_database_good(&self) -> bool {
        !self.away && self.unfit.is_none()
    }
}

impl Readiness {
    /// Why a ticket sent now would not be stored; `None` when it would.
    pub fn why_not(&self) -> Option<NotReady> {
        self.0.borrow().why_not()
    }

    /// Follows every change.
    pub(crate) fn follow(&self) -> watch::Receiver<State> {
        self.0.subscribe()
    }

    /// The end has begun.
    pub(crate) fn going_down(&self) {
        self.0.send_modify(|state| state.going_down = true);
    }

    /// Maintenance, since when; `None` ends it.
    pub(crate) fn maintenance(&self, since: Option<Timestamp>) {
        self.0.send_modify(|state| state.maintenance = since);
    }

    /// Since when there is maintenance.
    pub(crate) fn maintenance_since(&self) -> Option<Timestamp> {
        self.0.borrow().maintenance
    }

    pub(crate) fn part_is_down(&self, part: &'static str) {
        self.0.send_if_modified(|state| {
            let is_news = !state.down.contains(&part);
            if is_news {
                state.down.push(part);
            }
            is_news
        });
    }

    pub(crate) fn part_is_up(&self, part: &'static str) {
        self.0.send_if_modified(|state| {
            let before = state.down.len();
            state.down.retain(|down| *down != part);
            state.down.len() != before
        });
    }

    pub(crate) fn is_part_down(&self, part: &'static str) -> bool {
        self.0.borrow().down.contains(&part)
    }

    /// Whether that is news.
    pub(crate) fn database_away(&self, away: bool) -> bool {
        self.0.send_if_modified(|state| std::mem::replace(&mut state.away, away) != away)
    }

    /// Whether that is news.
    pub(crate) fn database_unfit(&self, why: Option<String>) -> bool {
        self.0.send_if_modified(|state| {
            let is_news = state.unfit != why;
            state.unfit = why;
            is_news
        })
    }

    pub(crate) fn is_database_away(&self) -> bool {
        self.0.borrow().away
    }

    pub(crate) fn is_database_good(&self) -> bool {
        self.0.borrow().is_database_good()
    }

    pub(crate) fn is_database_unfit(&self) -> bool {
        self.0.borrow().unfit.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_is_told_until_all_are_gone() {
        let readiness = Readiness::default();
        assert_eq!(readiness.why_not(), None);
        assert!(readiness.database_away(true) && !readiness.database_away(true));
        readiness.part_is_down("ledger");
        readiness.part_is_down("ledger");
        assert_eq!(readiness.why_not(), Some(NotReady::PartDown("ledger")));
        readiness.part_is_up("ledger");
        assert_eq!(readiness.why_not(), Some(NotReady::DatabaseAway));
        assert!(readiness.database_unfit(Some("code 497".into())));
        assert!(readiness.database_away(false));
        assert_eq!(readiness.why_not(), Some(NotReady::DatabaseUnfit("code 497".into())));
        readiness.database_unfit(None);
        assert_eq!(readiness.why_not(), None);
        readiness.going_down();
        assert_eq!(readiness.why_not(), Some(NotReady::GoingDown));
    }
}
