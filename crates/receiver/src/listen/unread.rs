//! Bytes that were read from a socket and by nobody yet: HTTP/2 lets a sender be ahead of whoever
//! reads its requests, on every stream of every connection. All of it together stays below a limit:
//! at the limit a connection with much of it is not read on, and its sender waits.
//!
//! What is counted is what came in, less what requests have taken out of their bodies. Headers come
//! in too; they are let go of when no request of the connection is under way.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use http::HeaderMap;
use tokio::sync::{Notify, futures::OwnedNotified};

/// What every connection may be ahead, whatever others are: a small request is always read.
pub(super) const FREE: usize = 32 << 10;
/// Read at once.
pub(super) const PIECE: usize = 64 << 10;

/// Held for each header, beside its text: a few bytes on the wire can name many.
const HEADER: usize = 128;
/// Of heads under way, on a connection over which a right key came: as many ordinary ones as it may
/// have streams.
const CONNECTION_HEADS: usize = 512 << 10;

/// The unread bytes of all connections, and the heads of requests that are under way.
#[derive(Debug)]
pub(crate) struct Unread {
    limit: usize,
    counted: AtomicUsize,
    /// Of strangers' heads: as much as the limit, for all of them together.
    heads: AtomicUsize,
    freed: Arc<Notify>,
}

/// What a request's head takes.
pub(crate) fn weight_of(headers: &HeaderMap) -> usize {
    let text: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    text + (headers.len() + 1) * HEADER
}

/// A head that is held: a stranger's, or that of a connection over which a right key came. Those of
/// the latter are its tenant's as soon as its room in the budget is, so no tenant keeps others out.
#[derive(Debug)]
pub(super) struct Head {
    ahead: Arc<Ahead>,
    is_known: bool,
    bytes: usize,
}

impl Head {
    /// Room for a request's head; `None` where there is none.
    pub(super) fn hold(ahead: &Arc<Ahead>, headers: &HeaderMap, is_known: bool) -> Option<Self> {
        let head = Self { ahead: Arc::clone(ahead), is_known, bytes: weight_of(headers) };
        let most = if is_known { CONNECTION_HEADS } else { ahead.all.limit };
        let held = head.counter().fetch_add(head.bytes, Relaxed);
        // What was added is taken back by `drop`.
        (held + head.bytes <= most).then_some(head)
    }

    fn counter(&self) -> &AtomicUsize {
        if self.is_known { &self.ahead.heads } else { &self.ahead.all.heads }
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        self.counter().fetch_sub(self.bytes, Relaxed);
    }
}

impl Unread {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        let (counted, heads) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { limit, counted, heads, freed: Arc::default() })
    }

    /// Those beyond what is free.
    #[cfg(test)]
    pub(super) fn counted(&self) -> usize {
        self.counted.load(Relaxed)
    }

    /// At most `most` of what is left.
    fn take(&self, most: usize) -> usize {
        let mut taken = 0;
        let _ = self.counted.fetch_update(Relaxed, Relaxed, |counted| {
            taken = most.min(self.limit.saturating_sub(counted));
            Some(counted + taken)
        });
        taken
    }

    fn give_back(&self, bytes: usize) {
        if bytes > 0 {
            self.counted.fetch_sub(bytes, Relaxed);
            self.freed.notify_waiters();
        }
    }
}

/// The unread bytes of one connection.
#[derive(Debug)]
pub(super) struct Ahead {
    all: Arc<Unread>,
    bytes: AtomicUsize,
    /// Requests and bodies that are under way.
    open: AtomicUsize,
    /// Of heads, once a right key came.
    heads: AtomicUsize,
}

impl Ahead {
    pub(super) fn new(all: Arc<Unread>) -> Arc<Self> {
        let (bytes, open, heads) = Default::default();
        Arc::new(Self { all, bytes, open, heads })
    }

    /// Whether it has so few that it may always be read on.
    pub(super) fn is_free(&self) -> bool {
        self.bytes.load(Relaxed) < FREE
    }

    /// Done when there may be room again.
    pub(super) fn freed(&self) -> OwnedNotified {
        Arc::clone(&self.all.freed).notified_owned()
    }

    /// How many bytes may be read now; those beyond what is free are counted from now on.
    pub(super) fn may_read(&self) -> usize {
        let free = FREE.saturating_sub(self.bytes.load(Relaxed));
        if free > 0 { free } else { self.all.take(PIECE) }
    }

    /// Of `allowed` bytes, so many were read.
    pub(super) fn read(&self, allowed: usize, read: usize) {
        let before = self.bytes.fetch_add(read, Relaxed);
        let counted = if before < FREE { 0 } else { allowed };
        let beyond = (before + read).saturating_sub(FREE) - before.saturating_sub(FREE);
        self.all.give_back(counted.saturating_sub(beyond));
    }

    /// So many were taken out.
    fn taken(&self, bytes: usize) {
        let mut given = 0;
        let _ = self.bytes.fetch_update(Relaxed, Relaxed, |before| {
            let after = before.saturating_sub(bytes);
            given = before.saturating_sub(FREE) - after.saturating_sub(FREE);
            Some(after)
        });
        self.all.give_back(given);
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.taken(usize::MAX);
    }
}

/// A request or a body that is under way.
#[derive(Debug)]
pub(super) struct Opened(Arc<Ahead>);

impl Opened {
    pub(super) fn new(ahead: &Arc<Ahead>) -> Self {
        ahead.open.fetch_add(1, Relaxed);
        Self(Arc::clone(ahead))
    }

    /// So many bytes were taken out of it.
    pub(super) fn taken(&self, bytes: usize) {
        self.0.taken(bytes);
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Relaxed) == 1 {
            // Nobody will take what is left of it: headers, and bodies that were let go of.
            self.0.taken(usize::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_strangers_share_a_limit_and_take_nothing_from_who_is_known() {
        let all = Unread::new(10 * HEADER);
        let (one, other) = (Ahead::new(Arc::clone(&all)), Ahead::new(Arc::clone(&all)));
        let mut headers = HeaderMap::new();
        headers.insert("x", http::HeaderValue::from_static("y"));
        let held: Vec<_> = (0..8).map_while(|_| Head::hold(&one, &headers, false)).collect();
        assert_eq!(held.len(), 4, "each is its text and two entries");
        assert!(Head::hold(&other, &headers, false).is_none());
        let known: Vec<_> = (0..10_000).map_while(|_| Head::hold(&one, &headers, true)).collect();
        assert_eq!(known.len(), CONNECTION_HEADS / weight_of(&headers));
        assert!(Head::hold(&other, &headers, true).is_some(), "each connection has its own");
        drop((held, known));
        assert!(Head::hold(&other, &headers, false).is_some());
    }
}
