//! Rows that are committed together.

use bytes::Bytes;
use ticketlens_store::rows::Table;
use tokio::time::Instant;

use super::entry::Entry;
use crate::reply::Refusal;

/// Rows smaller than this are copied together with their neighbours: thousands of tiny chunks
/// cost more on the way to the database than the copy.
const SMALL: usize = 16 << 10;
/// About the size of a chunk made of small ones.
const CHUNK: usize = 256 << 10;

/// The rows of several requests for one table, in the order they arrived.
#[derive(Debug, Default)]
pub(super) struct Batch {
    table: Table,
    entries: Vec<Entry>,
    bytes: usize,
    rows: u64,
}

impl Batch {
    /// An empty one.
    pub(super) fn of(table: Table) -> Self {
        Self { table, ..Self::default() }
    }

    pub(super) const fn table(&self) -> Table {
        self.table
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.bytes += entry.rows.len();
        self.rows += entry.count;
        self.entries.push(entry);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Requests.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn first_arrived(&self) -> Option<Instant> {
        self.entries.first().map(|entry| entry.arrived)
    }

    pub(super) fn last_arrived(&self) -> Option<Instant> {
        self.entries.last().map(|entry| entry.arrived)
    }

    /// Takes out the request with the least rows by bytes.
    pub(super) fn take_smallest(&mut self) -> Option<Entry> {
        let sizes = self.entries.iter().map(|entry| entry.rows.len()).enumerate();
        let (place, _) = sizes.min_by_key(|(_, bytes)| *bytes)?;
        let entry = self.entries.remove(place);
        self.bytes -= entry.rows.len();
        self.rows -= entry.count;
        Some(entry)
    }

    /// Takes out those that arrived by then; they were there first, so they stand first.
    pub(super) fn take_older(&mut self, than: Instant) -> Vec<Entry> {
        let older = self.entries.iter().take_while(|entry| entry.arrived <= than).count();
        let taken: Vec<Entry> = self.entries.drain(..older).collect();
        self.bytes -= taken.iter().map(|entry| entry.rows.len()).sum::<usize>();
        self.rows -= taken.iter().map(|entry| entry.count).sum::<u64>();
        taken
    }

    /// Answers every request.
    pub(super) fn answer(self, result: &Result<(), Refusal>) {
        for entry in self.entries {
            entry.answer(result.clone());
        }
    }

    /// The two halves, in order; the second is empty where there is one request only.
    pub(super) fn halve(mut self) -> (Self, Self) {
        let second = self.entries.split_off(self.entries.len().div_ceil(2));
        let mut halves = (Self::of(self.table), Self::of(self.table));
        self.entries.into_iter().for_each(|entry| halves.0.push(entry));
        second.into_iter().for_each(|entry| halves.1.push(entry));
        halves
    }

    /// The rows as chunks to send. Small neighbours are copied together; the copies they came
    /// from are freed, so that rows live once.
    pub(super) fn chunks(&mut self) -> Vec<Bytes> {
        let mut chunks = Vec::new();
        let mut rest = self.entries.as_mut_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let run = rest.iter().take_while(|entry| {
                bytes += entry.rows.len();
                entry.rows.len() < SMALL && bytes <= CHUNK
            });
            let (joined, after) = rest.split_at_mut(run.count().max(1));
            chunks.push(join(joined));
            rest = after;
        }
        chunks
    }
}

/// The entries' rows as one chunk, of which each entry then holds its slice.
fn join(entries: &mut [Entry]) -> Bytes {
    if let [single] = entries {
        return single.rows.clone();
    }
    let mut joined = Vec::with_capacity(entries.iter().map(|entry| entry.rows.len()).sum());
    for entry in entries.iter() {
        joined.extend_from_slice(&entry.rows);
    }
    let joined = Bytes::from(joined);
    let mut start = 0;
    for entry in entries {
        let end = start + entry.rows.len();
        entry.rows = joined.slice(start..end);
        start = end;
    }
    joined
}
