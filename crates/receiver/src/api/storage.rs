//! `GetStorage`: what is stored, within what the key may see.

use ticketlens_api::v1;
use ticketlens_store::{Disk, Growth, Storage, StorageBy, StorageGroup, Totals};
use tonic::{Request, Status};

use super::{
    messages::timestamp,
    scope::{self, invalid, principal, store_failed},
    tickets::Tickets,
};
use crate::auth::KeySource;

impl<S: KeySource> Tickets<S> {
    /// What is stored of the tickets the key may see.
    pub(super) async fn storage(
        &self,
        request: &Request<v1::GetStorageRequest>,
    ) -> Result<v1::GetStorageResponse, Status> {
        let principal = principal(&self.keys, request).await?;
        let v1::GetStorageRequest { tenant, by } = request.get_ref();
        let seen = scope::seen(&self.keys, principal, tenant)?;
        let by = match by.as_str() {
            "" => StorageBy::Tenant,
            by => by.parse().map_err(|error| invalid("by", error))?,
        };
        let storage = self.store.storage(&seen, by).await;
        Ok(message(storage.map_err(|error| store_failed(&error, error.is_retryable()))?))
    }
}

fn message(storage: Storage) -> v1::GetStorageResponse {
    let of_growth = |Growth { days, rows, bytes }| v1::StorageGrowth {
        days,
        rows_a_day: rows,
        bytes_a_day: bytes,
    };
    let of_group =
        |StorageGroup { name, total }| v1::StorageGroup { name, total: Some(totals(total)) };
    let of_disk = |Disk { database_bytes, free_bytes, total_bytes }| v1::StorageDisk {
        database_bytes,
        free_bytes,
        total_bytes,
    };
    v1::GetStorageResponse {
        tickets: storage.tickets,
        total: Some(totals(storage.total)),
        is_share: storage.is_share,
        oldest: storage.oldest.map(timestamp),
        newest: storage.newest.map(timestamp),
        growth: storage.growth.map(of_growth),
        groups: storage.groups.into_iter().map(of_group).collect(),
        groups_left_out: storage.groups_left_out,
        disk: storage.disk.map(of_disk),
    }
}

fn totals(Totals { rows, bytes, uncompressed_bytes }: Totals) -> v1::StorageTotals {
    v1::StorageTotals { rows, bytes, uncompressed_bytes }
}
