//! The bytes in flight: what bounds the receiver's memory, and what keeps tenants apart in it.
//!
//! A byte is reserved before it is there: a body's as it arrives, and what is made of it before it is
//! made. What a sender declares holds nothing; it decides whether a request had better begin now or
//! wait. All bytes together stay below a limit, and a tenant's below its share of that: one that
//! floods finds its own share full, and the others find room.
//!
//! Who needs room waits for a moment, in the order in which requests began: a refusal costs both
//! sides the whole body again. Where all of a tenant's requests wait for each other, the one that
//! began last is told to come again, so that the first can go on.

mod line;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ticketlens_store::TenantName;
use tokio::time::{Instant, timeout_at};

use crate::reply::{Refusal, TooLarge};
use line::{State, Turn};

/// How long a request waits for room before it is told to come again.
const WAIT: Duration = Duration::from_secs(3);
/// Counted for every request beside its bytes: headers, tasks, channels.
const OVERHEAD: usize = 4096;
/// What a request that has sent nothing yet is expected to need soon, at most.
const CREDIT: usize = 512 << 10;

/// What may be reserved, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// By all tenants together.
    pub total: usize,
    /// By one tenant.
    pub share: usize,
}

/// All reservations together stay below a limit, and each tenant's below its share.
#[derive(Clone, Debug)]
pub struct Budget {
    limits: Limits,
    state: Arc<Mutex<State>>,
}

impl Budget {
    /// A budget within these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits, state: Arc::default() }
    }

    /// Bytes reserved now.
    pub fn reserved(&self) -> usize {
        self.lock().reserved
    }

    /// Begins a request of one tenant whose head takes `head` bytes, which are held, and that says it
    /// will take `declared` bytes. None of these is held; but while the tenant's other requests are
    /// about to fill its share, this one waits.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] where the share is smaller than that, and [`Refusal::Overloaded`] where
    /// there was no room in time, or too many wait already.
    pub async fn begin(
        &self,
        tenant: &TenantName,
        head: usize,
        declared: usize,
    ) -> Result<Reservation, Refusal> {
        let beside = head.saturating_add(OVERHEAD);
        if declared.saturating_add(beside) > self.limits.share {
            return Err(self.beyond_the_share());
        }
        let mut reservation = self.open(tenant, declared);
        let deadline = Instant::now() + WAIT;
        let mut turn: Option<Turn> = None;
        loop {
            // Registered before looking, so that what is given back in between is not missed.
            let woken = turn.as_ref().map(Turn::woken);
            {
                let mut state = self.lock();
                if state.may_begin(&self.limits, &reservation, beside, turn.as_ref()) {
                    state.reserve(tenant, beside);
                    reservation.bytes = beside;
                    reservation.expect(&mut state, CREDIT);
                    return Ok(reservation);
                }
                if turn.is_none() {
                    turn = Some(Turn::to_begin(self, &mut state, &reservation)?);
                    continue;
                }
            }
            if let Some(woken) = woken {
                timeout_at(deadline, woken).await.map_err(|_| Refusal::Overloaded)?;
            }
        }
    }

    /// Begins a request of one tenant that has `bytes`, at once or not at all.
    ///
    /// # Errors
    /// As [`Reservation::grow`].
    pub fn reserve(&self, tenant: &TenantName, bytes: usize) -> Result<Reservation, Refusal> {
        let mut reservation = self.open(tenant, 0);
        reservation.grow(OVERHEAD.saturating_add(bytes))?;
        Ok(reservation)
    }

    /// A reservation of nothing, which counts as a request in flight.
    fn open(&self, tenant: &TenantName, declared: usize) -> Reservation {
        let begun = self.lock().open(tenant);
        Reservation {
            budget: self.clone(),
            tenant: tenant.clone(),
            begun,
            bytes: 0,
            awaited: declared,
            expected: 0,
        }
    }

    fn beyond_the_share(&self) -> Refusal {
        Refusal::TooLarge(TooLarge::Share { limit: self.limits.share })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change is left half done by anything that could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes reserved by one request; given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    tenant: TenantName,
    /// Its place in the order of requests.
    begun: u64,
    bytes: usize,
    /// Declared and not there yet.
    awaited: usize,
    /// Of those, the ones that keep other requests of the tenant from beginning.
    expected: usize,
}

impl Reservation {
    /// Reserves `more` bytes for what has arrived, or waits a few seconds for them.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] where the tenant's share is too small for this request alone, and
    /// [`Refusal::Overloaded`] where there was no room in time.
    pub async fn arrived(&mut self, more: usize) -> Result<(), Refusal> {
        if self.bytes.saturating_add(more) > self.budget.limits.share {
            return Err(self.budget.beyond_the_share());
        }
        let budget = self.budget.clone();
        let deadline = Instant::now() + WAIT;
        let mut turn: Option<Turn> = None;
        loop {
            let woken = turn.as_ref().map(Turn::woken);
            {
                let mut state = budget.lock();
                if turn.as_ref().is_some_and(|turn| turn.is_given_up(&state)) {
                    return Err(Refusal::Overloaded);
                }
                if state.may_grow(&budget.limits, self, more) {
                    state.reserve(&self.tenant, more);
                    self.bytes += more;
                    self.awaited = self.awaited.saturating_sub(more);
                    // As much again as has come may be about to.
                    let credit = CREDIT.saturating_add(self.bytes);
                    self.expect(&mut state, credit);
                    return Ok(());
                }
                if turn.is_none() {
                    turn = Some(Turn::to_grow(&budget, &mut state, self));
                    continue;
                }
            }
            if let Some(woken) = woken {
                timeout_at(deadline, woken).await.map_err(|_| Refusal::Overloaded)?;
            }
        }
    }

    /// So many bytes are said to come, which was not known when it began.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] where the tenant's share is smaller than that.
    pub fn declare(&mut self, bytes: usize) -> Result<(), Refusal> {
        if self.bytes.saturating_add(bytes) > self.budget.limits.share {
            return Err(self.budget.beyond_the_share());
        }
        self.awaited = bytes;
        let budget = self.budget.clone();
        self.expect(&mut budget.lock(), CREDIT);
        Ok(())
    }

    /// Nothing comes at the moment: others need not wait for what was declared.
    pub fn stalled(&mut self) {
        let budget = self.budget.clone();
        self.expect(&mut budget.lock(), 0);
    }

    /// Reserves `more` bytes at once, or not at all.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] where the tenant's share is too small for this request alone, and
    /// [`Refusal::Overloaded`] where others hold it. Nothing has changed.
    pub fn grow(&mut self, more: usize) -> Result<(), Refusal> {
        let after = self.bytes.saturating_add(more);
        if after > self.budget.limits.share {
            return Err(self.budget.beyond_the_share());
        }
        let mut state = self.budget.lock();
        if !state.fits(&self.budget.limits, &self.tenant, more) {
            return Err(Refusal::Overloaded);
        }
        state.reserve(&self.tenant, more);
        self.bytes = after;
        Ok(())
    }

    /// Holds `bytes` from now on, beside what every request takes: what was reserved for the worst
    /// is known. Only ever less than before.
    pub fn settle(&mut self, bytes: usize) {
        let kept = bytes.saturating_add(OVERHEAD).min(self.bytes);
        let mut state = self.budget.lock();
        state.give_back(&self.tenant, self.bytes - kept);
        self.bytes = kept;
    }

    /// Gives `bytes` of it, or all there are, to a part that goes its own way.
    pub fn split(&mut self, bytes: usize) -> Self {
        let mut part = self.budget.open(&self.tenant, 0);
        part.bytes = bytes.min(self.bytes);
        self.bytes -= part.bytes;
        part
    }

    /// Bytes this request holds.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes that all requests of its tenant hold.
    pub fn bytes_of_tenant(&self) -> usize {
        self.budget.lock().reserved_by(&self.tenant)
    }

    /// Of what is awaited, at most so much is expected soon.
    fn expect(&mut self, state: &mut State, credit: usize) {
        let expected = self.awaited.min(credit);
        state.expect(&self.tenant, self.expected, expected);
        self.expected = expected;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        state.expect(&self.tenant, self.expected, 0);
        state.give_back(&self.tenant, self.bytes);
        state.close(&self.tenant);
    }
}

#[cfg(test)]
mod tests;
