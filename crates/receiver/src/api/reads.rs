//! How many queries run at once, and how much their answers hold: an answer is there until its reader
//! has taken it, and a reader may be slow.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use axum::{body::Body, response::Response};
use http_body_util::BodyExt;
use ticketlens_store::Principal;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::reply::Refusal;

/// Queries at once, of all.
const TURNS: usize = 64;
/// Queries at once of one tenant, or of all admins.
const TURNS_OF_ONE: usize = 16;
/// KiB that traces in answers hold, of all.
const KIB: usize = 192 << 10;
/// The same of one tenant, or of all admins.
const KIB_OF_ONE: usize = 96 << 10;
/// A trace is held as it comes from the database, as a message, and as the bytes that are sent.
const COPIES: usize = 3;
/// How long a query waits for its turn, and for room.
const WITHIN: Duration = Duration::from_secs(10);
/// Tenants remembered before those that ask nothing are forgotten.
const REMEMBERED: usize = 1_024;

/// Permits for queries and for what they answer, whichever door they come by.
#[derive(Debug)]
pub(crate) struct Reads {
    all: Share,
    /// By tenant's name; an admin has none.
    each: Mutex<HashMap<String, Weak<Share>>>,
}

#[derive(Debug)]
struct Share {
    turns: Arc<Semaphore>,
    kib: Arc<Semaphore>,
}

impl Share {
    fn new(turns: usize, kib: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(turns)), kib: Arc::new(Semaphore::new(kib)) }
    }
}

/// One query may run.
#[derive(Debug)]
pub(crate) struct Turn {
    room: Room,
    _permits: [OwnedSemaphorePermit; 2],
    _one: Arc<Share>,
}

/// What the answer of one query holds. Its clones are the same room, and the turn gives it back.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// Of one, and of all.
    kib: [Arc<Semaphore>; 2],
    held: Arc<Mutex<Vec<OwnedSemaphorePermit>>>,
}

impl Reads {
    pub(crate) fn new() -> Self {
        Self { all: Share::new(TURNS, KIB), each: Mutex::default() }
    }

    /// The caller's turn.
    ///
    /// # Errors
    /// Where it does not come in time.
    pub(crate) async fn turn(&self, principal: &Principal) -> Result<Turn, Refusal> {
        let tenant = principal.tenant.as_ref();
        self.turn_of(tenant.map(|tenant| tenant.name.as_str()).unwrap_or_default()).await
    }

    async fn turn_of(&self, name: &str) -> Result<Turn, Refusal> {
        let one = self.of(name);
        let permits = permits([&one.turns, &self.all.turns], 1).await?;
        let kib = [&one.kib, &self.all.kib].map(Arc::clone);
        Ok(Turn { room: Room { kib, held: Arc::default() }, _permits: permits, _one: one })
    }

    fn of(&self, name: &str) -> Arc<Share> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = each.get(name).and_then(Weak::upgrade) {
            return one;
        }
        if each.len() >= REMEMBERED {
            each.retain(|_, one| one.strong_count() > 0);
        }
        let one = Arc::new(Share::new(TURNS_OF_ONE, KIB_OF_ONE));
        each.insert(name.to_owned(), Arc::downgrade(&one));
        one
    }
}

/// First one's own: whoever has none left must not hold any of all.
async fn permits(
    [one, all]: [&Arc<Semaphore>; 2],
    number: u32,
) -> Result<[OwnedSemaphorePermit; 2], Refusal> {
    let permits = async {
        let of_one = Arc::clone(one).acquire_many_owned(number).await.ok()?;
        let of_all = Arc::clone(all).acquire_many_owned(number).await.ok()?;
        Some([of_one, of_all])
    };
    timeout(WITHIN, permits).await.ok().flatten().ok_or(Refusal::TooManyQueries)
}

impl Turn {
    /// What its answer may hold.
    pub(crate) fn room(&self) -> Room {
        self.room.clone()
    }

    /// Holds the turn until the answer has been taken, or its reader is gone.
    pub(crate) fn held_by(self, response: Response) -> Response {
        response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _held = &self;
                frame
            }))
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.room.held().clear();
    }
}

impl Room {
    /// Room for a trace of so many bytes; one that is larger than all there is takes all of it.
    ///
    /// # Errors
    /// Where there is none in time.
    pub(super) async fn take(&self, bytes: usize) -> Result<(), Refusal> {
        let kib = bytes.saturating_mul(COPIES).div_ceil(1 << 10).min(KIB_OF_ONE);
        let [one, all] = &self.kib;
        let taken = permits([one, all], u32::try_from(kib).unwrap_or(u32::MAX)).await?;
        self.held().extend(taken);
        Ok(())
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<OwnedSemaphorePermit>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_takes_all_of_its_own_takes_nothing_from_others() {
        let reads = Reads::new();
        let mut held = Vec::new();
        for _ in 0..TURNS_OF_ONE {
            held.push(reads.turn_of("acme").await.unwrap());
        }
        assert!(reads.turn_of("acme").await.is_err(), "one more than its share");
        assert!(reads.turn_of("globex").await.is_ok());
        held.pop();
        assert!(reads.turn_of("acme").await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn all_together_have_so_many_and_no_more() {
        let reads = Reads::new();
        let mut held = Vec::new();
        for n in 0..TURNS {
            held.push(reads.turn_of(&format!("t{}", n % 10)).await.unwrap());
        }
        assert!(reads.turn_of("t10").await.is_err());
        drop(held);
        assert!(reads.turn_of("t10").await.is_ok());
        for n in 0..REMEMBERED * 3 {
            reads.turn_of(&format!("n{n}")).await.unwrap();
        }
        assert!(reads.each.lock().unwrap().len() <= REMEMBERED);
    }

    #[tokio::test(start_paused = true)]
    async fn what_answers_hold_is_bounded_in_bytes_and_given_back_with_the_turn() {
        let reads = Reads::new();
        let large = (KIB_OF_ONE << 10) / COPIES / 2;
        let first = reads.turn_of("acme").await.unwrap();
        first.room().take(large).await.unwrap();
        let second = reads.turn_of("acme").await.unwrap();
        second.room().take(large).await.unwrap();
        let third = reads.turn_of("acme").await.unwrap();
        third.room().take(1_000).await.unwrap_err();
        reads.turn_of("globex").await.unwrap().room().take(large).await.unwrap();
        drop(first);
        third.room().take(large).await.unwrap();
        drop((second, third));
        // Larger than anybody's share: alone it passes.
        let whole = reads.turn_of("acme").await.unwrap();
        whole.room().take(usize::MAX).await.unwrap();
        reads.turn_of("acme").await.unwrap().room().take(1).await.unwrap_err();
    }
}
