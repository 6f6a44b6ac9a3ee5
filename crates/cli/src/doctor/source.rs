//! Who answers for ClickHouse: a login to the tables, or the receiver with its own. What is judged is the
//! same, and does not say who did.

use ticketlens_store::{Checkup, Fault, StorageBy, Visibility};
use ticketlens_ticket::Timestamp;

use super::{admin::Api, check::Unanswered, disk::Disk, keys::Key, message, place::Database};
use crate::exit::chain;

/// What a look would take while ClickHouse is silent.
pub const NEEDS_CLICKHOUSE: &str = "needs an answer of ClickHouse";

/// Who answers.
pub enum Source<'p> {
    /// A login to the tables.
    Login(&'p Database),
    /// The receiver.
    Receiver(&'p Api),
}

/// What was told.
pub struct Told {
    /// What ClickHouse says; why it does not answer.
    pub checkup: Result<Checkup<Unanswered>, Fault>,
    /// Whether the start of its receiver migrates.
    pub migrates: bool,
    /// Who was asked, to end a sentence with.
    pub asked: String,
}

impl Source<'_> {
    /// All questions; otherwise what it takes to ask them.
    pub async fn checkup(&self) -> Result<Told, String> {
        match self {
            Self::Login(Database { store, migrates }) => {
                let asked = format!("at {}", store.config().url.as_str());
                let told = store.checkup().await;
                let checkup = told.map(|told| told.map_faults(Unanswered::Fault));
                Ok(Told { checkup, migrates: *migrates, asked })
            }
            Self::Receiver(api) => {
                let before = Timestamp::now();
                let told = api.checkup().await?;
                let around = (before, Timestamp::now());
                let (migrates, asked) =
                    (told.migrates_at_start, "by way of the receiver".to_owned());
                Ok(Told { checkup: message::checkup(told, around), migrates, asked })
            }
        }
    }

    /// Keys that were not revoked.
    pub async fn keys(&self) -> Result<Vec<Key>, String> {
        match self {
            Self::Login(Database { store, .. }) => {
                let listed = store.list_keys(None).await.map_err(|error| unanswered(&error))?;
                Ok(listed.iter().filter_map(Key::of_stored).collect())
            }
            Self::Receiver(api) => api.keys().await,
        }
    }

    /// ClickHouse's disk; `None` where the login may not see it.
    pub async fn disk(&self) -> Result<Option<Disk>, String> {
        match self {
            Self::Login(Database { store, .. }) => {
                let storage = store.storage(&Visibility::All, StorageBy::Status).await;
                let storage = storage.map_err(|error| unanswered(&error))?;
                let growth = storage.growth.and_then(|growth| growth.bytes);
                let of = |disk: ticketlens_store::Disk| Disk {
                    free: disk.free_bytes,
                    total: disk.total_bytes,
                    growth,
                };
                Ok(storage.disk.map(of))
            }
            Self::Receiver(api) => api.disk().await,
        }
    }
}

fn unanswered(error: &(dyn std::error::Error + 'static)) -> String {
    format!("{NEEDS_CLICKHOUSE}: {}", chain(error))
}
