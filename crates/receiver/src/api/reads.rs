//! How many queries run at once: an answer may hold a whole trace until its reader has taken it, so
//! what all answers hold is bounded by their number.

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

/// Queries at once, of all.
const OF_ALL: usize = 64;
/// Queries at once of one tenant, or of all admins.
const OF_ONE: usize = 16;
/// How long a query waits for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(10);
/// Tenants remembered before those that ask nothing are forgotten.
const REMEMBERED: usize = 1_024;

/// Permits for queries, whichever door they come by.
#[derive(Debug)]
pub(crate) struct Reads {
    all: Arc<Semaphore>,
    /// By tenant's name; an admin has none.
    each: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// One query may run.
#[derive(Debug)]
pub(crate) struct Turn {
    _of_all: OwnedSemaphorePermit,
    _of_one: OwnedSemaphorePermit,
}

impl Reads {
    pub(crate) fn new() -> Self {
        Self { all: Arc::new(Semaphore::new(OF_ALL)), each: Mutex::default() }
    }

    /// The caller's turn; none where it does not come in time.
    pub(crate) async fn turn(&self, principal: &Principal) -> Option<Turn> {
        let tenant = principal.tenant.as_ref();
        self.turn_of(tenant.map(|tenant| tenant.name.as_str()).unwrap_or_default()).await
    }

    async fn turn_of(&self, name: &str) -> Option<Turn> {
        let one = self.of(name);
        let turn = async {
            // First one's own: whoever has none left must not hold one of all.
            let of_one = one.acquire_owned().await.ok()?;
            let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
            Some(Turn { _of_all: of_all, _of_one: of_one })
        };
        timeout(TURN_WITHIN, turn).await.ok().flatten()
    }

    fn of(&self, name: &str) -> Arc<Semaphore> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = each.get(name).and_then(Weak::upgrade) {
            return one;
        }
        if each.len() >= REMEMBERED {
            each.retain(|_, one| one.strong_count() > 0);
        }
        let one = Arc::new(Semaphore::new(OF_ONE));
        each.insert(name.to_owned(), Arc::downgrade(&one));
        one
    }
}

impl Turn {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_takes_all_of_its_own_takes_nothing_from_others() {
        let reads = Reads::new();
        let mut held = Vec::new();
        for _ in 0..OF_ONE {
            held.push(reads.turn_of("acme").await.unwrap());
        }
        assert!(reads.turn_of("acme").await.is_none(), "one more than its share");
        assert!(reads.turn_of("globex").await.is_some());
        held.pop();
        assert!(reads.turn_of("acme").await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn all_together_have_so_many_and_no_more() {
        let reads = Reads::new();
        let mut held = Vec::new();
        for n in 0..OF_ALL {
            held.push(reads.turn_of(&format!("t{}", n % 10)).await.unwrap());
        }
        assert!(reads.turn_of("t10").await.is_none());
        drop(held);
        assert!(reads.turn_of("t10").await.is_some());
        for n in 0..REMEMBERED * 3 {
            reads.turn_of(&format!("n{n}")).await.unwrap();
        }
        assert!(reads.each.lock().unwrap().len() <= REMEMBERED);
    }
}
