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

mod accounts;

use std::time::Duration;

use ticketlens_store::TenantName;
use tokio::time::{Instant, timeout_at};

use crate::reply::{Refusal, TooLarge};
pub(crate) use accounts::Held;
pub use accounts::Limits;
use accounts::{Accounts, QueuePosition, RequestId, SharedAccounts};

/// How long a request waits for room before it is told to come again.
const WAIT: Duration = Duration::from_secs(3);
/// Counted for every request beside its bytes: headers, tasks, channels.
const OVERHEAD: usize = 4096;
/// What a request that has sent nothing yet is expected to need soon, at most.
const CREDIT: usize = 512 << 10;

/// All reservations together stay below a limit, and each tenant's below its share.
#[derive(Clone, Debug)]
pub struct Budget {
    limits: Limits,
    accounts: SharedAccounts,
}

impl Budget {
    /// A budget within these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits, accounts: SharedAccounts::default() }
    }

    /// Bytes reserved now.
    pub fn reserved(&self) -> usize {
        self.accounts.lock().reserved
    }

    /// What it is bounded by.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Who holds how much of it, with the names of so many tenants at most.
    pub(crate) fn held(&self, named: usize) -> Held {
        self.accounts.lock().held(named)
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
        let soon = declared.min(CREDIT);
        let deadline = Instant::now() + WAIT;
        let mut queued: Option<QueuePosition> = None;
        loop {
            // Registered before looking, so that what is given back in between is not missed.
            let woken = queued.as_ref().map(QueuePosition::woken);
            {
                let mut accounts = self.accounts.lock();
                let request = &reservation.request;
                if accounts.may_begin(&self.limits, request, (beside, soon), queued.is_some()) {
                    accounts.reserve(tenant, beside);
                    reservation.bytes = beside;
                    reservation.expect(&mut accounts, CREDIT);
                    return Ok(reservation);
                }
                if queued.is_none() {
                    let position = QueuePosition::to_begin(&self.accounts, &mut accounts, request)?;
                    queued = Some(position);
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
        let request = self.accounts.lock().open(tenant);
        Reservation { budget: self.clone(), request, bytes: 0, awaited: declared, expected: 0 }
    }

    fn beyond_the_share(&self) -> Refusal {
        Refusal::TooLarge(TooLarge::Share { limit: self.limits.share })
    }
}

/// Bytes reserved by one request; given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    request: RequestId,
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
        let mut queued: Option<QueuePosition> = None;
        loop {
            let woken = queued.as_ref().map(QueuePosition::woken);
            {
                let mut accounts = budget.accounts.lock();
                if queued.as_ref().is_some_and(|queued| queued.is_given_up(&accounts)) {
                    return Err(Refusal::Overloaded);
                }
                if accounts.may_grow(&budget.limits, &self.request, more) {
                    accounts.reserve(&self.request.tenant, more);
                    self.bytes += more;
                    self.awaited = self.awaited.saturating_sub(more);
                    // As much again as has come may be about to.
                    let credit = CREDIT.saturating_add(self.bytes);
                    self.expect(&mut accounts, credit);
                    return Ok(());
                }
                if queued.is_none() {
                    let (shared, request) = (&budget.accounts, &self.request);
                    queued = Some(QueuePosition::to_grow(shared, &mut accounts, request));
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
        self.expect(&mut budget.accounts.lock(), CREDIT);
        Ok(())
    }

    /// Nothing comes at the moment: others need not wait for what was declared.
    pub fn stalled(&mut self) {
        let budget = self.budget.clone();
        self.expect(&mut budget.accounts.lock(), 0);
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
        let mut accounts = self.budget.accounts.lock();
        if !accounts.fits(&self.budget.limits, &self.request.tenant, more) {
            return Err(Refusal::Overloaded);
        }
        accounts.reserve(&self.request.tenant, more);
        self.bytes = after;
        Ok(())
    }

    /// Gives `bytes` of it, or all there are, to a part that goes its own way.
    pub fn split(&mut self, bytes: usize) -> Self {
        let mut part = self.budget.open(&self.request.tenant, 0);
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
        self.budget.accounts.lock().reserved_by(&self.request.tenant)
    }

    /// Of what is awaited, at most so much is expected soon.
    fn expect(&mut self, accounts: &mut Accounts, credit: usize) {
        let expected = self.awaited.min(credit);
        accounts.expect(&self.request.tenant, self.expected, expected);
        self.expected = expected;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut accounts = self.budget.accounts.lock();
        accounts.expect(&self.request.tenant, self.expected, 0);
        accounts.give_back(&self.request.tenant, self.bytes);
        accounts.close(&self.request.tenant);
    }
}

#[cfg(test)]
mod tests;
