//! What is done in Grafana, for the audit. On a server of one's own it is written to ClickHouse, before
//! and after, as nothing else knows of it; a running `dev` is told by its receiver, after.

use ticketlens_api::RecordProvisioningRequest;
use ticketlens_store::{Act, Actor, AuditEntry, BegunAct, Outcome, Reader, Store};

use super::source::Source;
use crate::{
    api::{Admin, refused},
    exit::{Exit, Failure, Result, chain},
    target::Target,
    terminal::note,
};

/// An act that is under way.
pub enum Telling {
    /// It is written down as begun.
    Store(Box<Store>, Box<BegunAct>),
    /// The receiver will be told.
    Receiver {
        /// Its gRPC address.
        endpoint: String,
        /// The `dev`'s own.
        admin_key: String,
        /// What to tell.
        request: RecordProvisioningRequest,
    },
}

impl Telling {
    /// Tells that a reader's place is about to be changed.
    pub async fn begin(source: &Source, act: Act, reader: &Reader) -> Result<Self> {
        match source {
            Source::Server(store) => Self::written(store, act, reader).await,
            Source::Dev { receiver: (endpoint, admin_key), .. } => Ok(Self::Receiver {
                endpoint: endpoint.clone(),
                admin_key: admin_key.clone(),
                request: RecordProvisioningRequest {
                    tenant: reader.tenant().map(ToString::to_string).unwrap_or_default(),
                    removed: act == Act::GrafanaRemove,
                    changes: 0,
                },
            }),
        }
    }

    /// The same, in a ClickHouse that is named.
    pub async fn written(store: &Store, act: Act, reader: &Reader) -> Result<Self> {
        let part = if act == Act::GrafanaRemove { "grafana remove" } else { "grafana provision" };
        let entry = AuditEntry::new(act, Actor::Program { part });
        let entry = match reader.tenant() {
            Some(tenant) => entry.of(tenant.clone()),
            None => entry,
        };
        let begun = store.begin_act(entry).await.map_err(|error| {
            let exit = if error.is_retryable() { Exit::Unreachable } else { Exit::Failed };
            Failure::new(exit, chain(&error)).next("ticketlens migrate makes the audit's table")
        })?;
        Ok(Self::Store(Box::new(store.clone()), Box::new(begun)))
    }

    /// Tells how it ended: with so many changes, or with none that is known. What was done stays done
    /// where that can't be told, and whoever did it reads so.
    pub async fn ended(self, changes: Option<usize>) {
        let told = match self {
            Self::Store(store, begun) => {
                let outcome = match changes {
                    Some(changes) => Outcome::Done { affected: changes as u64 },
                    None => Outcome::Failed { reason: "failed" },
                };
                let ended = begun.ended(&store, outcome).await;
                ended.map_err(|error| Failure::new(Exit::Failed, chain(&error)))
            }
            Self::Receiver { endpoint, admin_key, request } => match changes {
                None => Ok(()),
                Some(changes) => {
                    let changes = u32::try_from(changes).unwrap_or(u32::MAX);
                    let request = RecordProvisioningRequest { changes, ..request };
                    tell(&endpoint, &admin_key, request).await
                }
            },
        };
        if let Err(failure) = told {
            note(&format!("the audit does not tell how it ended: {failure}"));
        }
    }
}

async fn tell(endpoint: &str, key: &str, request: RecordProvisioningRequest) -> Result<()> {
    let channel = Target::own(endpoint, key).connect().await?;
    let told = Admin::new(channel).record_provisioning(request).await;
    told.map(drop).map_err(|status| refused(&status))
}
