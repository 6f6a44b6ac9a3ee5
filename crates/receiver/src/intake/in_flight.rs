//! The pieces of one request that are being committed while the rest of it is read.

use std::collections::VecDeque;

use ticketlens_store::rows::Table;

use crate::{
    budget::Reservation,
    commit::{Committer, Pending},
    reply::Refusal,
};

/// Pieces that are being committed, oldest first.
pub(super) struct InFlight {
    committer: Committer,
    pieces: VecDeque<Pending>,
    /// Whether this thread may wait for one.
    may_wait: bool,
}

impl InFlight {
    pub(super) fn new(committer: Committer, may_wait: bool) -> Self {
        Self { committer, pieces: VecDeque::new(), may_wait }
    }

    /// One piece more.
    pub(super) fn commit(
        &mut self,
        table: Table,
        bytes: Vec<u8>,
        count: u64,
        reservation: Reservation,
    ) {
        self.pieces.push_back(self.committer.submit(table, bytes.into(), count, reservation));
    }

    /// Waits until the oldest is committed; `None` where there is none, or no waiting here.
    pub(super) fn wait_for_one(&mut self) -> Option<Result<(), Refusal>> {
        if !self.may_wait {
            return None;
        }
        self.pieces.pop_front().map(Pending::wait)
    }

    /// Waits until all are committed.
    pub(super) async fn all(self) -> Result<(), Refusal> {
        let mut outcome = Ok(());
        for piece in self.pieces {
            // All of them are waited for: what is answered is over.
            outcome = outcome.and(piece.outcome().await);
        }
        outcome
    }
}
