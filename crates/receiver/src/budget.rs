//! The bytes in flight: what bounds the receiver's memory.
//!
//! A request reserves before its body is read and gives back when it is answered. The one
//! request that is alone always fits (up to `max_request_bytes`), so that a large one is slow at
//! worst, never refused for ever.
//!
//! Where there is no room, a request lines up for a moment: its body stays with its sender (flow
//! control), which costs nobody anything, while a refusal costs both sides the whole body again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Mutex, Notify},
    time::{Instant, timeout_at},
};

use crate::reply::Refusal;

/// How long a request waits for room before it is told to come again.
const WAIT: Duration = Duration::from_secs(3);
/// Requests that wait at most: each may hold a stream's window of bytes that nobody has read.
const WAITING: usize = 64;

/// Counted for every request beside its bytes: headers, tasks, channels.
const OVERHEAD: usize = 1024;

/// All reservations together stay below a limit.
#[derive(Clone, Debug)]
pub struct Budget {
    limit: usize,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    reserved: AtomicUsize,
    /// Told whenever room is given back.
    freed: Notify,
    /// First come, first served: the one that holds it is next.
    line: Mutex<()>,
    waiting: AtomicUsize,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, shared: Arc::default() }
    }

    /// Bytes reserved now.
    pub fn reserved(&self) -> usize {
        self.shared.reserved.load(Ordering::Relaxed)
    }

    /// Reserves `bytes`.
    ///
    /// # Errors
    /// [`Refusal::Overloaded`] where that is more than what is left and others are in flight.
    pub fn reserve(&self, bytes: usize) -> Result<Reservation, Refusal> {
        let mut reservation = Reservation { budget: self.clone(), bytes: 0 };
        reservation.grow(bytes.saturating_add(OVERHEAD))?;
        Ok(reservation)
    }

    /// Reserves `bytes`, or waits a few seconds for them, in the order of arrival.
    ///
    /// # Errors
    /// [`Refusal::Overloaded`] where there was no room in time, or too many wait already.
    pub async fn reserve_in_time(&self, bytes: usize) -> Result<Reservation, Refusal> {
        if self.shared.waiting.load(Ordering::Relaxed) == 0
            && let Ok(reservation) = self.reserve(bytes)
        {
            return Ok(reservation);
        }
        let place = Place::take(&self.shared)?;
        let deadline = Instant::now() + WAIT;
        let line = timeout_at(deadline, place.0.line.lock()).await;
        let _next = line.map_err(|_| Refusal::Overloaded)?;
        loop {
            // Registered before looking, so that what is given back in between is not missed.
            let mut freed = std::pin::pin!(place.0.freed.notified());
            freed.as_mut().enable();
            match self.reserve(bytes) {
                Ok(reservation) => return Ok(reservation),
                Err(_) => timeout_at(deadline, freed).await.map_err(|_| Refusal::Overloaded)?,
            }
        }
    }
}

/// One of those that wait.
struct Place<'s>(&'s Shared);

impl<'s> Place<'s> {
    fn take(shared: &'s Shared) -> Result<Self, Refusal> {
        let before = shared.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Self(shared);
        if before < WAITING { Ok(place) } else { Err(Refusal::Overloaded) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes reserved by one request; given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    bytes: usize,
}

impl Reservation {
    /// Reserves `more` bytes.
    ///
    /// # Errors
    /// [`Refusal::Overloaded`], and nothing has changed.
    pub fn grow(&mut self, more: usize) -> Result<(), Refusal> {
        let own = self.bytes;
        let limit = self.budget.limit;
        let fits = |reserved: usize| {
            let after = reserved.saturating_add(more);
            (after <= limit || reserved == own).then_some(after)
        };
        self.reserved()
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .map_err(|_| Refusal::Overloaded)?;
        self.bytes = self.bytes.saturating_add(more);
        Ok(())
    }

    /// Holds exactly `bytes` from now on: what was estimated is known. Never refused, because
    /// the memory is used already.
    pub fn settle(&mut self, bytes: usize) {
        let bytes = bytes.saturating_add(OVERHEAD);
        if bytes >= self.bytes {
            self.reserved().fetch_add(bytes - self.bytes, Ordering::Relaxed);
            self.bytes = bytes;
        } else {
            self.give_back(self.bytes - bytes);
        }
    }

    fn give_back(&mut self, bytes: usize) {
        if bytes == 0 {
            // Of a try that failed: waking the next in line for it would wake it for ever.
            return;
        }
        self.bytes -= bytes;
        self.reserved().fetch_sub(bytes, Ordering::Relaxed);
        self.budget.shared.freed.notify_one();
    }

    fn reserved(&self) -> &AtomicUsize {
        &self.budget.shared.reserved
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_and_what_is_given_back_fits_again() {
        let budget = Budget::new(10 * OVERHEAD);
        let first = budget.reserve(5 * OVERHEAD).unwrap();
        assert_eq!(budget.reserve(5 * OVERHEAD).unwrap_err(), Refusal::Overloaded);
        assert_eq!(budget.reserved(), 6 * OVERHEAD);
        drop(first);
        assert_eq!(budget.reserved(), 0);
        budget.reserve(5 * OVERHEAD).unwrap();
    }

    #[test]
    fn one_alone_always_fits_and_keeps_others_out() {
        let budget = Budget::new(10 * OVERHEAD);
        let mut large = budget.reserve(100 * OVERHEAD).unwrap();
        large.grow(100 * OVERHEAD).unwrap();
        assert_eq!(budget.reserve(1).unwrap_err(), Refusal::Overloaded);
        large.settle(2 * OVERHEAD);
        let _second = budget.reserve(1).unwrap();
        assert_eq!(large.grow(100 * OVERHEAD).unwrap_err(), Refusal::Overloaded);
        assert_eq!(budget.reserved(), 4 * OVERHEAD + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_served_in_order_when_room_is_given_back() {
        let budget = Budget::new(10 * OVERHEAD);
        let first = budget.reserve(8 * OVERHEAD).unwrap();
        let (large, small) = (budget.clone(), budget.clone());
        let large = tokio::spawn(async move { large.reserve_in_time(7 * OVERHEAD).await });
        tokio::task::yield_now().await;
        // Would fit, and does not overtake.
        let small = tokio::spawn(async move { small.reserve_in_time(0).await });
        tokio::time::sleep(WAIT / 2).await;
        assert!(!large.is_finished() && !small.is_finished());
        drop(first);
        let held = (large.await.unwrap().unwrap(), small.await.unwrap().unwrap());
        assert_eq!(budget.reserved(), 9 * OVERHEAD);
        drop(held);
        assert_eq!(budget.reserved(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_waited_long_enough_is_told_to_come_again() {
        let budget = Budget::new(10 * OVERHEAD);
        let _first = budget.reserve(8 * OVERHEAD).unwrap();
        let started = Instant::now();
        let refused = budget.reserve_in_time(7 * OVERHEAD).await.unwrap_err();
        assert_eq!((refused, started.elapsed()), (Refusal::Overloaded, WAIT));
        let _second = budget.reserve_in_time(0).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_wait() {
        let budget = Budget::new(10 * OVERHEAD);
        let _first = budget.reserve(9 * OVERHEAD).unwrap();
        let waiting: Vec<_> = (0..=WAITING)
            .map(|_| {
                let budget = budget.clone();
                tokio::spawn(async move {
                    let started = Instant::now();
                    budget.reserve_in_time(OVERHEAD).await.unwrap_err();
                    started.elapsed()
                })
            })
            .collect();
        let mut at_once = 0;
        for one in waiting {
            at_once += usize::from(one.await.unwrap() < WAIT);
        }
        assert_eq!(at_once, 1);
    }

    #[test]
    fn settling_keeps_the_sum_right_in_both_directions() {
        let budget = Budget::new(usize::MAX);
        let mut reservation = budget.reserve(10).unwrap();
        reservation.settle(500);
        assert_eq!(budget.reserved(), 500 + OVERHEAD);
        reservation.settle(0);
        assert_eq!(budget.reserved(), OVERHEAD);
        drop(reservation);
        assert_eq!(budget.reserved(), 0);
    }
}
