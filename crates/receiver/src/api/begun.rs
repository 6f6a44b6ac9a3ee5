//! Backups whose end is not known yet.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use ticketlens_store::BegunAct;

/// Backups that were begun here and whose end nobody has asked for yet: in the audit they are begun.
/// Of those that are never asked for, and of all when the receiver ends, that is what it says.
#[derive(Debug, Default)]
pub(crate) struct BegunBackups(Mutex<VecDeque<(String, BegunAct)>>);

/// Begun backups that are remembered.
const REMEMBERED: usize = 64;

impl BegunBackups {
    pub(super) fn note(&self, id: String, begun: BegunAct) {
        let mut backups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if backups.len() == REMEMBERED {
            backups.pop_front();
        }
        backups.push_back((id, begun));
    }

    pub(super) fn taken(&self, id: &str) -> Option<BegunAct> {
        let mut backups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = backups.iter().position(|(known, _)| known == id)?;
        backups.remove(at).map(|(_, begun)| begun)
    }
}
