//! The bytes in flight: what bounds the receiver's memory.
//!
//! A request reserves before its body is read and gives back when it is answered. The one
//! request that is alone always fits (up to `max_request_bytes`), so that a large one is slow at
//! worst, never refused for ever.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::reply::Refusal;

/// Counted for every request beside its bytes: headers, tasks, channels.
const OVERHEAD: usize = 1024;

/// All reservations together stay below a limit.
#[derive(Clone, Debug)]
pub struct Budget {
    limit: usize,
    reserved: Arc<AtomicUsize>,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, reserved: Arc::default() }
    }

    /// Bytes reserved now.
    pub fn reserved(&self) -> usize {
        self.reserved.load(Ordering::Relaxed)
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
        self.budget
            .reserved
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
            self.budget.reserved.fetch_add(bytes - self.bytes, Ordering::Relaxed);
        } else {
            self.budget.reserved.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.reserved.fetch_sub(self.bytes, Ordering::Relaxed);
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
