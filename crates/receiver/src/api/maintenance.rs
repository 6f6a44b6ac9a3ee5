//! Maintenance: this receiver takes no tickets and answers no readers, finishes what is under way, and
//! goes on where it was when it is over. Admins are answered throughout.

use std::sync::Arc;

use ticketlens_api::v1;
use ticketlens_store::{Act, AuditEntry, Store};
use ticketlens_ticket::Timestamp;
use tonic::Status;

use super::{
    audit::{Told, audited},
    messages::timestamp,
    reads::Reads,
    scope::Caller,
};
use crate::{intake::Intake, readiness::Readiness};

/// What maintenance stops, and what it waits for.
#[derive(Debug)]
pub(crate) struct Maintenance {
    pub(crate) readiness: Readiness,
    pub(crate) intake: Arc<Intake>,
    pub(crate) reads: Arc<Reads>,
}

impl Maintenance {
    /// Begins it, or ends it. What is so already stays so, and is no act.
    pub(super) async fn set(
        &self,
        store: &Store,
        caller: &Caller,
        on: bool,
    ) -> Result<v1::Maintenance, Status> {
        if self.readiness.maintenance_since().is_some() != on {
            let act = if on { Act::MaintenanceOn } else { Act::MaintenanceOff };
            audited(store, AuditEntry::new(act, caller.actor()), async {
                self.readiness.maintenance(on.then(Timestamp::now));
                ticketlens_log::set_maintenance(on);
                Ok(((), Told::default()))
            })
            .await?;
            match on {
                true => tracing::info!(name: "maintenance.on", "maintenance begins: draining"),
                false => tracing::info!(name: "maintenance.off", "maintenance is over"),
            }
        }
        Ok(self.state())
    }

    /// Whether it is on, and what is still under way.
    pub(super) fn state(&self) -> v1::Maintenance {
        let since = self.readiness.maintenance_since();
        v1::Maintenance {
            on: since.is_some(),
            since: since.map(timestamp),
            bytes_in_flight: self.intake.bytes_in_flight() as u64,
            queries: self.reads.under_way() as u64,
        }
    }
}
