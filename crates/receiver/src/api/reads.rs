//! How many queries run at once, and how much their answers hold: an answer is there until its reader
//! has taken it, and a reader may be slow.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt, StreamBody};
use ticketlens_store::Principal;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use tokio_stream::wrappers::ReceiverStream;

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

/// How long the caller may take to take its answer: 16 MiB at 140 kB a second.
const TAKEN_WITHIN: Duration = Duration::from_secs(120);
/// Bytes of an answer that go out at once.
const PIECE: usize = 64 << 10;

/// Permits for queries and for what they answer, whichever door they come by.
#[derive(Debug)]
pub(crate) struct Reads {
    /// Of all tenants together. Admins are not among them: whatever tenants do, keys can be revoked.
    all: Arc<Share>,
    admins: Arc<Share>,
    /// By tenant's name.
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
    _permits: Vec<OwnedSemaphorePermit>,
    _shares: Vec<Arc<Share>>,
}

/// What the answer of one query holds. Its clones are the same room, and the turn gives it back.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// Of one, and of all.
    kib: Vec<Arc<Semaphore>>,
    held: Arc<Mutex<Vec<OwnedSemaphorePermit>>>,
}

impl Reads {
    pub(crate) fn new() -> Self {
        Self {
            all: Arc::new(Share::new(TURNS, KIB)),
            admins: Arc::new(Share::new(TURNS_OF_ONE, KIB_OF_ONE)),
            each: Mutex::default(),
        }
    }

    /// How many queries of tenants run.
    pub(crate) fn under_way(&self) -> usize {
        TURNS - self.all.turns.available_permits().min(TURNS)
    }

    /// The caller's turn.
    ///
    /// # Errors
    /// Where it does not come in time.
    pub(crate) async fn turn(&self, principal: &Principal) -> Result<Turn, Refusal> {
        match principal.tenant.as_ref() {
            None => self.turn_in(vec![Arc::clone(&self.admins)]).await,
            Some(tenant) => self.turn_of(tenant.name.as_str()).await,
        }
    }

    async fn turn_of(&self, name: &str) -> Result<Turn, Refusal> {
        // First its own: whoever has none left must not hold any of all.
        self.turn_in(vec![self.of(name), Arc::clone(&self.all)]).await
    }

    async fn turn_in(&self, shares: Vec<Arc<Share>>) -> Result<Turn, Refusal> {
        let turns: Vec<_> = shares.iter().map(|share| Arc::clone(&share.turns)).collect();
        let permits = permits(&turns, 1).await?;
        let kib = shares.iter().map(|share| Arc::clone(&share.kib)).collect();
        Ok(Turn { room: Room { kib, held: Arc::default() }, _permits: permits, _shares: shares })
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

/// So many of each, one after the other.
async fn permits(of: &[Arc<Semaphore>], number: u32) -> Result<Vec<OwnedSemaphorePermit>, Refusal> {
    let permits = async {
        let mut permits = Vec::with_capacity(of.len());
        for semaphore in of {
            permits.push(Arc::clone(semaphore).acquire_many_owned(number).await.ok()?);
        }
        Some(permits)
    };
    timeout(WITHIN, permits).await.ok().flatten().ok_or(Refusal::TooManyQueries)
}

impl Turn {
    /// What its answer may hold.
    pub(crate) fn room(&self) -> Room {
        self.room.clone()
    }

    /// Holds the turn until the answer has been taken, its reader is gone, or it was long enough at
    /// it: then the answer breaks off.
    pub(crate) fn held_by(self, response: Response) -> Response {
        // A refusal of gRPC has no body at all: as a stream its end would come in a frame of data, which
        // clients take for a broken answer.
        if response.body().is_end_stream() {
            return response;
        }
        response.map(|body| {
            let (pieces, taken) = mpsc::channel(1);
            tokio::spawn(async move {
                let handed = timeout(TAKEN_WITHIN, hand_out(body, &pieces)).await;
                if handed.is_err() {
                    // Whoever takes it up again is told that it is not whole.
                    let _ = pieces.try_send(Err(axum::Error::new(NotTaken)));
                }
                drop(self);
            });
            Body::new(StreamBody::new(ReceiverStream::new(taken)))
        })
    }
}

/// The answer was not taken in time.
#[derive(Debug, thiserror::Error)]
#[error("the answer was not taken in time")]
struct NotTaken;

type Piece = Result<Frame<Bytes>, axum::Error>;

/// Hands an answer out piece by piece, so that little of it is left where nobody takes it.
async fn hand_out(mut body: Body, pieces: &mpsc::Sender<Piece>) {
    while let Some(frame) = body.frame().await {
        let mut data = match frame.map(Frame::into_data) {
            Ok(Ok(data)) => data,
            Ok(Err(trailers)) => {
                if pieces.send(Ok(trailers)).await.is_err() {
                    return;
                }
                continue;
            }
            Err(error) => {
                let _ = pieces.send(Err(error)).await;
                return;
            }
        };
        while !data.is_empty() {
            let piece = data.split_to(data.len().min(PIECE));
            if pieces.send(Ok(Frame::data(piece))).await.is_err() {
                return;
            }
        }
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
        let taken = permits(&self.kib, u32::try_from(kib).unwrap_or(u32::MAX)).await?;
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

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_breaks_off_and_gives_its_turn_back() {
        let reads = Reads::new();
        let turn = reads.turn_of("acme").await.unwrap();
        turn.room().take(KIB_OF_ONE << 9).await.unwrap();
        let answer = turn.held_by(Response::new(Body::from(vec![7; 3 * PIECE])));
        let mut body = answer.into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap().len(), PIECE);
        tokio::time::sleep(TAKEN_WITHIN + Duration::from_secs(1)).await;
        let mut got = PIECE;
        while let Some(Ok(frame)) = body.frame().await {
            got += frame.into_data().unwrap().len();
        }
        assert!(got < 3 * PIECE, "{got} bytes");
        reads.turn_of("acme").await.unwrap().room().take(usize::MAX).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_ends_with_its_head() {
        let reads = Reads::new();
        let turn = reads.turn_of("acme").await.unwrap();
        let answer = turn.held_by(tonic::Status::not_found("nowhere").into_http::<Body>());
        assert!(answer.body().is_end_stream());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_taken_is_whole() {
        let reads = Reads::new();
        let turn = reads.turn_of("acme").await.unwrap();
        let answer = turn.held_by(Response::new(Body::from(vec![7; 3 * PIECE + 1])));
        let got = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(got, vec![7; 3 * PIECE + 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn tenants_take_nothing_from_admins() {
        let reads = Reads::new();
        let mut held = Vec::new();
        for n in 0..TURNS {
            held.push(reads.turn_of(&format!("t{}", n % 10)).await.unwrap());
        }
        assert!(reads.turn_in(vec![Arc::clone(&reads.admins)]).await.is_ok());
    }
}
