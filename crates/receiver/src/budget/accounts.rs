//! What each tenant holds, and which of its requests wait for more.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ticketlens_store::TenantName;
use tokio::sync::{Notify, futures::OwnedNotified};

use crate::reply::Refusal;

/// What may be reserved, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// By all tenants together.
    pub total: usize,
    /// By one tenant.
    pub share: usize,
}

/// Requests of one tenant that wait to begin, at most: each may hold a stream's window of bytes that
/// nobody has read.
pub(super) const WAITING: usize = 64;

/// This part of the whole is kept for tenants that hold little: several that flood can't shut the
/// others out together.
const KEPT: usize = 8;
/// Holding at most this part of the whole is little.
const LITTLE: usize = 32;

/// The accounts of all tenants, behind one lock. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedAccounts(Arc<Mutex<Accounts>>);

impl SharedAccounts {
    pub(super) fn lock(&self) -> MutexGuard<'_, Accounts> {
        // No change is left half done by anything that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request of a tenant, in the order in which they began.
#[derive(Clone, Debug)]
pub(super) struct RequestId {
    pub(super) tenant: TenantName,
    begun: u64,
}

/// All tenants with requests in flight.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub(super) reserved: usize,
    tenants: HashMap<TenantName, Account>,
    /// Numbers requests in the order they came.
    begun: u64,
    /// Requests in flight that do not wait for room.
    moving: usize,
    /// Requests that do, or wait to begin.
    waiting: usize,
}

/// One tenant's requests.
#[derive(Debug, Default)]
struct Account {
    reserved: usize,
    /// About to be reserved, by what their senders declared.
    expected: usize,
    requests: usize,
    moving: usize,
    /// Waiting for room, by the order they came.
    growing: BTreeMap<u64, Waiter>,
    /// Waiting to begin.
    beginning: BTreeMap<u64, Waiter>,
}

#[derive(Debug, Default)]
struct Waiter {
    wake: Arc<Notify>,
    /// Told to come again, so that those before it can go on.
    given_up: bool,
}

/// Who holds how much, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) all: usize,
    /// How many tenants have requests in flight.
    pub(crate) tenants: usize,
    /// By the one that holds most.
    pub(crate) largest: usize,
    /// Those that hold most, the largest first.
    pub(crate) named: Vec<(TenantName, usize)>,
}

impl Accounts {
    /// Who holds how much.
    pub(super) fn held(&self, named: usize) -> Held {
        let of_each = || self.tenants.iter().map(|(tenant, account)| (account.reserved, tenant));
        let largest = of_each().map(|(bytes, _)| bytes).max().unwrap_or_default();
        let mut most = Vec::new();
        if named > 0 {
            most.extend(of_each());
            most.sort_unstable_by(|a, b| b.cmp(a));
            most.truncate(named);
        }
        let named = most.into_iter().map(|(bytes, tenant)| (tenant.clone(), bytes)).collect();
        Held { all: self.reserved, tenants: self.tenants.len(), largest, named }
    }

    /// A request more.
    pub(super) fn open(&mut self, tenant: &TenantName) -> RequestId {
        let account = self.tenants.entry(tenant.clone()).or_default();
        account.requests += 1;
        account.moving += 1;
        self.moving += 1;
        self.begun += 1;
        RequestId { tenant: tenant.clone(), begun: self.begun }
    }

    /// A request less.
    pub(super) fn close(&mut self, tenant: &TenantName) {
        self.moving -= 1;
        let Some(account) = self.tenants.get_mut(tenant) else { return };
        account.requests -= 1;
        account.moving -= 1;
        if account.requests == 0 {
            self.tenants.remove(tenant);
        }
        self.wake();
    }

    pub(super) fn fits(&self, limits: &Limits, tenant: &TenantName, more: usize) -> bool {
        let of_tenant = self.reserved_by(tenant).saturating_add(more);
        let is_alone = self.reserved == self.reserved_by(tenant);
        let takes_all = is_alone || of_tenant <= limits.total / LITTLE;
        let most = if takes_all { limits.total } else { limits.total - limits.total / KEPT };
        of_tenant <= limits.share && self.reserved.saturating_add(more) <= most
    }

    pub(super) fn reserved_by(&self, tenant: &TenantName) -> usize {
        self.tenants.get(tenant).map_or(0, |account| account.reserved)
    }

    /// Whether a request that needs `beside` bytes at once, and `soon` more soon, may begin: it is the
    /// first in its queue, nobody who has begun waits for room, and there is some for what it and those
    /// before it are about to bring.
    pub(super) fn may_begin(
        &self,
        limits: &Limits,
        request: &RequestId,
        (beside, soon): (usize, usize),
        is_queued: bool,
    ) -> bool {
        let Some(account) = self.tenants.get(&request.tenant) else { return false };
        let is_first = if is_queued {
            account.beginning.keys().next() == Some(&request.begun)
        } else {
            account.beginning.is_empty()
        };
        let taken = account.reserved.saturating_add(account.expected);
        let after = taken.saturating_add(beside).saturating_add(soon);
        is_first
            && account.growing.is_empty()
            && (after <= limits.share || account.reserved == 0)
            && self.fits(limits, &request.tenant, beside)
    }

    /// Whether a request that has begun may have more: nobody who began before it waits.
    pub(super) fn may_grow(&self, limits: &Limits, request: &RequestId, more: usize) -> bool {
        let Some(account) = self.tenants.get(&request.tenant) else { return false };
        let is_first = account.growing.keys().next().is_none_or(|first| *first >= request.begun);
        is_first && self.fits(limits, &request.tenant, more)
    }

    pub(super) fn reserve(&mut self, tenant: &TenantName, bytes: usize) {
        self.reserved += bytes;
        if let Some(account) = self.tenants.get_mut(tenant) {
            account.reserved += bytes;
        }
    }

    pub(super) fn give_back(&mut self, tenant: &TenantName, bytes: usize) {
        if bytes == 0 {
            // Of a try that failed: waking the next in line for it would wake it for ever.
            return;
        }
        self.reserved -= bytes;
        if let Some(account) = self.tenants.get_mut(tenant) {
            account.reserved -= bytes;
        }
        self.wake();
    }

    pub(super) fn expect(&mut self, tenant: &TenantName, before: usize, after: usize) {
        let Some(account) = self.tenants.get_mut(tenant) else { return };
        account.expected = account.expected - before + after;
        if after < before {
            self.wake();
        }
    }

    /// Wakes the first of each queue; who finds room wakes the next.
    fn wake(&self) {
        if self.waiting == 0 {
            return;
        }
        for account in self.tenants.values() {
            for queue in [&account.growing, &account.beginning] {
                if let Some(first) = queue.values().next() {
                    first.wake.notify_one();
                }
            }
        }
    }

    /// Where everyone who could give something back waits, the last to begin gives up.
    fn untangle(&mut self, tenant: &TenantName) {
        let all_wait = self.moving == 0;
        let Some(account) = self.tenants.get_mut(tenant) else { return };
        if account.moving > 0 && !all_wait {
            return;
        }
        let last = account.growing.values_mut().rev().find(|waiter| !waiter.given_up);
        if let Some(last) = last {
            last.given_up = true;
            last.wake.notify_one();
        }
    }
}

/// A request's place in its tenant's queue, until it is dropped.
#[derive(Debug)]
pub(super) struct QueuePosition {
    accounts: SharedAccounts,
    request: RequestId,
    wake: Arc<Notify>,
    grows: bool,
}

impl QueuePosition {
    /// Lines up to begin.
    pub(super) fn to_begin(
        shared: &SharedAccounts,
        accounts: &mut Accounts,
        request: &RequestId,
    ) -> Result<Self, Refusal> {
        let account = accounts.tenants.entry(request.tenant.clone()).or_default();
        if account.beginning.len() >= WAITING {
            return Err(Refusal::Overloaded);
        }
        let waiter = Waiter::default();
        let wake = Arc::clone(&waiter.wake);
        account.beginning.insert(request.begun, waiter);
        Ok(Self::new(shared, accounts, request, wake, false))
    }

    /// Lines up for more.
    pub(super) fn to_grow(
        shared: &SharedAccounts,
        accounts: &mut Accounts,
        request: &RequestId,
    ) -> Self {
        let account = accounts.tenants.entry(request.tenant.clone()).or_default();
        let waiter = Waiter::default();
        let wake = Arc::clone(&waiter.wake);
        account.growing.insert(request.begun, waiter);
        Self::new(shared, accounts, request, wake, true)
    }

    fn new(
        shared: &SharedAccounts,
        accounts: &mut Accounts,
        request: &RequestId,
        wake: Arc<Notify>,
        grows: bool,
    ) -> Self {
        if let Some(account) = accounts.tenants.get_mut(&request.tenant) {
            account.moving -= 1;
        }
        accounts.moving -= 1;
        accounts.waiting += 1;
        accounts.untangle(&request.tenant);
        Self { accounts: shared.clone(), request: request.clone(), wake, grows }
    }

    /// Done when it is worth looking again.
    pub(super) fn woken(&self) -> OwnedNotified {
        Arc::clone(&self.wake).notified_owned()
    }

    pub(super) fn is_given_up(&self, accounts: &Accounts) -> bool {
        let account = accounts.tenants.get(&self.request.tenant);
        account
            .and_then(|account| account.growing.get(&self.request.begun))
            .is_some_and(|waiter| waiter.given_up)
    }
}

impl Drop for QueuePosition {
    fn drop(&mut self) {
        let mut accounts = self.accounts.lock();
        accounts.waiting -= 1;
        accounts.moving += 1;
        if let Some(account) = accounts.tenants.get_mut(&self.request.tenant) {
            account.moving += 1;
            let queue = if self.grows { &mut account.growing } else { &mut account.beginning };
            queue.remove(&self.request.begun);
        }
        // There may be room for the next as well.
        accounts.wake();
    }
}
