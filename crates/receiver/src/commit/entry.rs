//! The rows of one request in the commit, and the request that waits for what comes of them.

use std::fmt;

use bytes::Bytes;
use ticketlens_store::rows::Table;
use tokio::{sync::oneshot, time::Instant};

use crate::{
    budget::Reservation,
    reply::Refusal,
    waiting_line::{WaitingLine, WaitingPlace},
};

/// Rows of one request, waiting for their commit.
pub(super) struct Entry {
    pub(super) table: Table,
    pub(super) rows: Bytes,
    pub(super) count: u64,
    pub(super) arrived: Instant,
    answer: oneshot::Sender<Result<(), Refusal>>,
    /// Left with the answer.
    _place: WaitingPlace,
    /// Given back with the answer.
    pub(super) reservation: Reservation,
}

impl Entry {
    /// Rows that arrive now, and the other end of their answer.
    pub(super) fn new(
        table: Table,
        rows: Bytes,
        count: u64,
        reservation: Reservation,
        line: &WaitingLine,
    ) -> (Self, Pending) {
        let (answer, answered) = oneshot::channel();
        let arrived = Instant::now();
        let place = line.join(arrived, count, rows.len());
        let entry = Self { table, rows, count, arrived, answer, _place: place, reservation };
        (entry, Pending(answered))
    }

    pub(super) fn answer(self, result: Result<(), Refusal>) {
        self.answer_early(result);
    }

    /// Answers, and keeps the reservation: its rows are still in an insert.
    pub(super) fn answer_early(self, result: Result<(), Refusal>) -> Reservation {
        // Who hung up does not hear it; the rows are committed all the same.
        let _ = self.answer.send(result);
        self.reservation
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("count", &self.count).finish_non_exhaustive()
    }
}

/// Rows whose commit is under way, whether anyone waits for it or not. Without an answer, what should
/// have given it has died: our fault, and for now only. A final answer would have the sender drop
/// good tickets.
#[derive(Debug)]
pub(crate) struct Pending(oneshot::Receiver<Result<(), Refusal>>);

const DIED: Result<(), Refusal> = Err(Refusal::StoreUnavailable);

impl Pending {
    /// What came of it.
    pub(crate) async fn outcome(self) -> Result<(), Refusal> {
        self.0.await.unwrap_or(DIED)
    }

    /// The same, on a thread that may wait.
    pub(crate) fn wait(self) -> Result<(), Refusal> {
        self.0.blocking_recv().unwrap_or(DIED)
    }
}
