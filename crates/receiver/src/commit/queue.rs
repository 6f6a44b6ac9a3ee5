//! Rows that wait for an insert, of tenants that are alike: those that have much in flight, and those
//! that have little. A ticket of the latter does not wait for the inserts of the former.

use std::{collections::VecDeque, mem};

use ticketlens_store::rows::Table;
use tokio::time::Instant;

use super::{batch::Batch, config::CommitConfig, entry::Entry};
use crate::reply::Refusal;

/// A tenant with no more bytes in flight has little.
pub(super) const LITTLE: usize = 4 << 20;

/// While one insert is under way, the next batch waits for this many rows or bytes, or for so
/// many windows: small blocks cost the database twice as much a row as large ones.
const WORTHWHILE_ROWS: u64 = 10_000;
const WORTHWHILE_BYTES: usize = 16 << 20;
const WORTHWHILE_WINDOWS: u32 = 10;

/// Batches, oldest first.
pub(super) struct BatchQueue {
    /// Each takes one table's rows until it leaves or is full.
    gathering: [Batch; Table::ALL.len()],
    /// Waiting for a slot.
    full: VecDeque<Batch>,
}

impl Default for BatchQueue {
    fn default() -> Self {
        Self { gathering: Table::ALL.map(Batch::of), full: VecDeque::new() }
    }
}

impl BatchQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.gathering.iter().all(Batch::is_empty) && self.full.is_empty()
    }

    pub(super) fn push(&mut self, entry: Entry, config: &CommitConfig) {
        let table = entry.table;
        let Some(gathering) = self.gathering.iter_mut().find(|batch| batch.table() == table) else {
            // There is one for each table.
            return;
        };
        let bytes = gathering.bytes() + entry.rows.len();
        let rows = gathering.rows() + entry.count;
        let is_full = bytes > config.max_bytes || rows > config.max_rows;
        if !gathering.is_empty() && is_full {
            self.full.push_back(mem::replace(gathering, Batch::of(table)));
        }
        gathering.push(entry);
    }

    /// The next batch, if one should leave while so many of the queue's inserts are under way.
    pub(super) fn next(
        &mut self,
        now: Instant,
        under_way: usize,
        closing: bool,
        config: &CommitConfig,
    ) -> Option<Batch> {
        if let Some(batch) = self.full.pop_front() {
            return Some(batch);
        }
        let is_ready = |batch: &&mut Batch| {
            let worthwhile = batch.rows() >= WORTHWHILE_ROWS || batch.bytes() >= WORTHWHILE_BYTES;
            ready_at(batch, under_way, config).is_some_and(|at| closing || now >= at)
                || (worthwhile && under_way > 0)
                || batch.bytes() >= config.max_bytes
                || batch.rows() >= config.max_rows
        };
        let ready = self.gathering.iter_mut().filter(is_ready);
        let next = ready.min_by_key(|batch| batch.first_arrived())?;
        let table = next.table();
        Some(mem::replace(next, Batch::of(table)))
    }

    /// When a gathering batch has waited long enough.
    pub(super) fn ready_at(&self, under_way: usize, config: &CommitConfig) -> Option<Instant> {
        self.gathering.iter().filter_map(|batch| ready_at(batch, under_way, config)).min()
    }

    pub(super) fn oldest(&self) -> Option<Instant> {
        let waiting = self.full.front().into_iter().chain(&self.gathering);
        waiting.filter_map(Batch::first_arrived).min()
    }

    /// Answers those that came before; their neighbours wait on.
    pub(super) fn expire(&mut self, than: Instant) {
        while let Some(batch) = self.full.front_mut() {
            expire(batch, than);
            if !batch.is_empty() {
                break;
            }
            self.full.pop_front();
        }
        for batch in &mut self.gathering {
            expire(batch, than);
        }
    }
}

/// When a batch has waited long enough while so many inserts are under way.
fn ready_at(batch: &Batch, under_way: usize, config: &CommitConfig) -> Option<Instant> {
    let windows = if under_way == 0 { 1 } else { WORTHWHILE_WINDOWS };
    Some(batch.first_arrived()? + config.window * windows)
}

fn expire(batch: &mut Batch, than: Instant) {
    if batch.first_arrived().is_some_and(|arrived| arrived <= than) {
        for entry in batch.take_older(than) {
            entry.answer(Err(Refusal::StoreUnavailable));
        }
    }
}
