//! Rows that wait for an insert, of tenants that are alike: those that have much in flight, and those
//! that have little. A ticket of the latter does not wait for the inserts of the former.

use std::{collections::VecDeque, mem};

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
#[derive(Default)]
pub(super) struct BatchQueue {
    /// Takes rows until it leaves or is full.
    gathering: Batch,
    /// Waiting for a slot.
    full: VecDeque<Batch>,
}

impl BatchQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.gathering.is_empty() && self.full.is_empty()
    }

    pub(super) fn push(&mut self, entry: Entry, config: &CommitConfig) {
        let bytes = self.gathering.bytes() + entry.rows.len();
        let rows = self.gathering.rows() + entry.count;
        let is_full = bytes > config.max_bytes || rows > config.max_rows;
        if !self.gathering.is_empty() && is_full {
            self.full.push_back(mem::take(&mut self.gathering));
        }
        self.gathering.push(entry);
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
        let batch = &self.gathering;
        let ready_at = self.ready_at(under_way, config)?;
        let worthwhile = batch.rows() >= WORTHWHILE_ROWS || batch.bytes() >= WORTHWHILE_BYTES;
        let is_ready = closing
            || now >= ready_at
            || (worthwhile && under_way > 0)
            || batch.bytes() >= config.max_bytes
            || batch.rows() >= config.max_rows;
        is_ready.then(|| mem::take(&mut self.gathering))
    }

    /// When the gathering batch has waited long enough.
    pub(super) fn ready_at(&self, under_way: usize, config: &CommitConfig) -> Option<Instant> {
        let windows = if under_way == 0 { 1 } else { WORTHWHILE_WINDOWS };
        Some(self.gathering.first_arrived()? + config.window * windows)
    }

    pub(super) fn oldest(&self) -> Option<Instant> {
        self.full.front().unwrap_or(&self.gathering).first_arrived()
    }

    /// Answers those that came before; their neighbours wait on.
    pub(super) fn expire(&mut self, than: Instant) {
        while let Some(batch) = self.full.front_mut() {
            expire(batch, than);
            if !batch.is_empty() {
                return;
            }
            self.full.pop_front();
        }
        expire(&mut self.gathering, than);
    }
}

fn expire(batch: &mut Batch, than: Instant) {
    if batch.first_arrived().is_some_and(|arrived| arrived <= than) {
        for entry in batch.take_older(than) {
            entry.answer(Err(Refusal::StoreUnavailable));
        }
    }
}
