//! Who is connected: permits for those that have shown a right key, and for strangers what is left.
//!
//! Anybody may connect. A connection over which no right key came is a stranger's: it is let go of
//! after a while whatever it says, and at once, the longest there first, where its permit is needed.
//! So neither silence nor pings keep out senders, nor the probes that ask whether this is alive.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// Whoever connects and asks nothing is let go after this; clients connect again by themselves.
const FIRST_REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// Whoever shows no right key is, after this.
const STRANGER_FOR: Duration = Duration::from_secs(60);
/// Whoever has, and asks nothing any more, is after this: answers to pings are no requests.
const IDLE_FOR: Duration = Duration::from_secs(300);

/// How many connections one port has at a time, and who has to go for another.
#[derive(Debug)]
pub(super) struct ConnectionPermits {
    most: usize,
    taken: AtomicUsize,
    /// Longest there first. Those that are gone, or are strangers no more, are passed over.
    strangers: Mutex<VecDeque<Arc<ConnectionState>>>,
}

impl ConnectionPermits {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: AtomicUsize::new(0), strangers: Mutex::default() })
    }

    /// A permit for a connection; that of the stranger who has been there longest, where there is no
    /// other. `None` where everyone has a key.
    pub(super) fn take(self: &Arc<Self>) -> Option<ConnectionPermit> {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        strangers.retain(|connection| !connection.is_gone.load(Relaxed) && !connection.is_known());
        if self.taken.load(Relaxed) >= self.most {
            let longest = strangers.pop_front()?;
            longest.is_sent_away.store(true, Relaxed);
            longest.leave.notify_one();
        }
        let connection = Arc::new(ConnectionState::new());
        strangers.push_back(Arc::clone(&connection));
        self.taken.fetch_add(1, Relaxed);
        Some(ConnectionPermit { permits: Arc::clone(self), connection })
    }
}

/// The right to be one of a port's connections, until it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionPermit {
    permits: Arc<ConnectionPermits>,
    pub(super) connection: Arc<ConnectionState>,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.connection.is_gone.store(true, Relaxed);
        self.permits.taken.fetch_sub(1, Relaxed);
    }
}

/// One connection. Every request over it carries this.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    since: Instant,
    peer: OnceLock<IpAddr>,
    is_known: AtomicBool,
    is_gone: AtomicBool,
    is_sent_away: AtomicBool,
    has_asked: AtomicBool,
    /// Requests under way, and when the last of them ended, in milliseconds since it came.
    asking: AtomicUsize,
    asked_at: AtomicUsize,
    leave: Notify,
}

impl ConnectionState {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            peer: OnceLock::new(),
            is_known: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
            is_sent_away: AtomicBool::new(false),
            has_asked: AtomicBool::new(false),
            asking: AtomicUsize::new(0),
            asked_at: AtomicUsize::new(0),
            leave: Notify::new(),
        }
    }

    /// Who is at the other end; told once.
    pub(super) fn comes_from(&self, peer: IpAddr) {
        let _ = self.peer.set(peer.to_canonical());
    }

    /// Who is at the other end, or a proxy between.
    pub(crate) fn peer(&self) -> Option<IpAddr> {
        self.peer.get().copied()
    }

    /// A right key came over this connection.
    pub(crate) fn authenticated(&self) {
        self.is_known.store(true, Relaxed);
    }

    pub(super) fn is_known(&self) -> bool {
        self.is_known.load(Relaxed)
    }

    /// A request is under way, until what is returned is dropped.
    pub(super) fn asks(self: &Arc<Self>) -> Asking {
        self.has_asked.store(true, Relaxed);
        self.asking.fetch_add(1, Relaxed);
        Asking(Arc::clone(self))
    }

    /// Done when its permit is needed.
    pub(super) async fn sent_away(&self) {
        while !self.is_sent_away.load(Relaxed) {
            self.leave.notified().await;
        }
    }

    /// When to look next, and whether it should go now.
    pub(super) fn stays_until(&self, now: Instant) -> Stay {
        let (until, is_quiet) = if !self.has_asked.load(Relaxed) {
            (self.since + FIRST_REQUEST_WITHIN, true)
        } else if !self.is_known() {
            (self.since + STRANGER_FOR, false)
        } else if self.asking.load(Relaxed) > 0 {
            return Stay::Until(now + IDLE_FOR);
        } else {
            let asked_at = Duration::from_millis(self.asked_at.load(Relaxed) as u64);
            (self.since + asked_at + IDLE_FOR, false)
        };
        match now < until {
            true => Stay::Until(until),
            false if is_quiet => Stay::Leave,
            false => Stay::LeaveInOrder,
        }
    }

    fn milliseconds(&self) -> usize {
        usize::try_from(self.since.elapsed().as_millis()).unwrap_or(usize::MAX)
    }
}

/// How long a connection stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stay {
    /// Until then at least.
    Until(Instant),
    /// No longer; what is under way is answered first.
    LeaveInOrder,
    /// No longer, and nothing is under way.
    Leave,
}

/// A request that is under way.
pub(super) struct Asking(Arc<ConnectionState>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.asked_at.fetch_max(self.0.milliseconds(), Relaxed);
        self.0.asking.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stranger_makes_room_and_who_has_a_key_does_not() {
        let permits = ConnectionPermits::new(2);
        let (first, second) = (permits.take().unwrap(), permits.take().unwrap());
        second.connection.authenticated();
        let third = permits.take().unwrap();
        first.connection.sent_away().await;
        drop(first);
        third.connection.authenticated();
        assert!(permits.take().is_none());
        drop(second);
        assert!(permits.take().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_soon_a_stranger_later_and_idleness_last() {
        let permits = ConnectionPermits::new(8);
        let silent = permits.take().unwrap();
        let stranger = permits.take().unwrap();
        let known = permits.take().unwrap();
        let started = Instant::now();
        drop(stranger.connection.asks());
        let asking = known.connection.asks();
        known.connection.authenticated();
        assert_eq!(
            silent.connection.stays_until(started),
            Stay::Until(started + FIRST_REQUEST_WITHIN)
        );
        tokio::time::advance(STRANGER_FOR).await;
        assert_eq!(silent.connection.stays_until(Instant::now()), Stay::Leave);
        assert_eq!(stranger.connection.stays_until(Instant::now()), Stay::LeaveInOrder);
        tokio::time::advance(2 * IDLE_FOR).await;
        assert!(matches!(known.connection.stays_until(Instant::now()), Stay::Until(_)), "it asks");
        drop(asking);
        assert!(
            matches!(known.connection.stays_until(Instant::now()), Stay::Until(_)),
            "it has asked"
        );
        tokio::time::advance(IDLE_FOR).await;
        assert_eq!(known.connection.stays_until(Instant::now()), Stay::LeaveInOrder);
    }
}
