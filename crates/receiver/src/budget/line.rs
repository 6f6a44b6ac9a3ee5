//! Who holds bytes, and who waits for them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use ticketlens_store::TenantName;
use tokio::sync::{Notify, futures::OwnedNotified};

use super::{Budget, Limits, Reservation};
use crate::reply::Refusal;

/// Requests of one tenant that wait to begin, at most: each may hold a stream's window of bytes that
/// nobody has read.
pub(super) const WAITING: usize = 64;

/// This part of the whole is kept for tenants that hold little: several that flood can't shut the
/// others out together.
const KEPT: usize = 8;
/// Holding at most this part of the whole is little.
const LITTLE: usize = 32;

/// All tenants with requests in flight.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) reserved: usize,
    lanes: HashMap<TenantName, Lane>,
    /// Numbers requests in the order they came.
    begun: u64,
    /// Requests in flight that do not wait for room.
    moving: usize,
    /// Requests that do, or wait to begin.
    waiting: usize,
}

/// One tenant's requests.
#[derive(Debug, Default)]
struct Lane {
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

impl State {
    /// A request more; its number.
    pub(super) fn open(&mut self, tenant: &TenantName) -> u64 {
        let lane = self.lanes.entry(tenant.clone()).or_default();
        lane.requests += 1;
        lane.moving += 1;
        self.moving += 1;
        self.begun += 1;
        self.begun
    }

    /// A request less.
    pub(super) fn close(&mut self, tenant: &TenantName) {
        self.moving -= 1;
        let Some(lane) = self.lanes.get_mut(tenant) else { return };
        lane.requests -= 1;
        lane.moving -= 1;
        if lane.requests == 0 {
            self.lanes.remove(tenant);
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
        self.lanes.get(tenant).map_or(0, |lane| lane.reserved)
    }

    /// Whether a request may begin: it is the first in its line, nobody who has begun waits for
    /// room, and there is some for what it and those before it are about to bring.
    pub(super) fn may_begin(
        &self,
        limits: &Limits,
        request: &Reservation,
        beside: usize,
        turn: Option<&Turn>,
    ) -> bool {
        let Some(lane) = self.lanes.get(&request.tenant) else { return false };
        let is_first = match turn {
            Some(_) => lane.beginning.keys().next() == Some(&request.begun),
            None => lane.beginning.is_empty(),
        };
        let soon = request.awaited.min(super::CREDIT).saturating_add(beside);
        let after = lane.reserved.saturating_add(lane.expected).saturating_add(soon);
        is_first
            && lane.growing.is_empty()
            && (after <= limits.share || lane.reserved == 0)
            && self.fits(limits, &request.tenant, beside)
    }

    /// Whether a request that has begun may have more: nobody who began before it waits.
    pub(super) fn may_grow(&self, limits: &Limits, request: &Reservation, more: usize) -> bool {
        let Some(lane) = self.lanes.get(&request.tenant) else { return false };
        let is_first = lane.growing.keys().next().is_none_or(|first| *first >= request.begun);
        is_first && self.fits(limits, &request.tenant, more)
    }

    pub(super) fn reserve(&mut self, tenant: &TenantName, bytes: usize) {
        self.reserved += bytes;
        if let Some(lane) = self.lanes.get_mut(tenant) {
            lane.reserved += bytes;
        }
    }

    pub(super) fn give_back(&mut self, tenant: &TenantName, bytes: usize) {
        if bytes == 0 {
            // Of a try that failed: waking the next in line for it would wake it for ever.
            return;
        }
        self.reserved -= bytes;
        if let Some(lane) = self.lanes.get_mut(tenant) {
            lane.reserved -= bytes;
        }
        self.wake();
    }

    pub(super) fn expect(&mut self, tenant: &TenantName, before: usize, after: usize) {
        let Some(lane) = self.lanes.get_mut(tenant) else { return };
        lane.expected = lane.expected - before + after;
        if after < before {
            self.wake();
        }
    }

    /// Wakes the first of each line; who finds room wakes the next.
    fn wake(&self) {
        if self.waiting == 0 {
            return;
        }
        for lane in self.lanes.values() {
            for line in [&lane.growing, &lane.beginning] {
                if let Some(first) = line.values().next() {
                    first.wake.notify_one();
                }
            }
        }
    }

    /// Where everyone who could give something back waits, the last to begin gives up.
    fn untangle(&mut self, tenant: &TenantName) {
        let all_wait = self.moving == 0;
        let Some(lane) = self.lanes.get_mut(tenant) else { return };
        if lane.moving > 0 && !all_wait {
            return;
        }
        let last = lane.growing.values_mut().rev().find(|waiter| !waiter.given_up);
        if let Some(last) = last {
            last.given_up = true;
            last.wake.notify_one();
        }
    }
}

/// A place in a line, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    budget: Budget,
    tenant: TenantName,
    begun: u64,
    wake: Arc<Notify>,
    grows: bool,
}

impl Turn {
    /// Lines up to begin.
    pub(super) fn to_begin(
        budget: &Budget,
        state: &mut State,
        request: &Reservation,
    ) -> Result<Self, Refusal> {
        let lane = state.lanes.entry(request.tenant.clone()).or_default();
        if lane.beginning.len() >= WAITING {
            return Err(Refusal::Overloaded);
        }
        let waiter = Waiter::default();
        let wake = Arc::clone(&waiter.wake);
        lane.beginning.insert(request.begun, waiter);
        Ok(Self::new(budget, state, request, wake, false))
    }

    /// Lines up for more.
    pub(super) fn to_grow(budget: &Budget, state: &mut State, request: &Reservation) -> Self {
        let lane = state.lanes.entry(request.tenant.clone()).or_default();
        let waiter = Waiter::default();
        let wake = Arc::clone(&waiter.wake);
        lane.growing.insert(request.begun, waiter);
        Self::new(budget, state, request, wake, true)
    }

    fn new(
        budget: &Budget,
        state: &mut State,
        request: &Reservation,
        wake: Arc<Notify>,
        grows: bool,
    ) -> Self {
        if let Some(lane) = state.lanes.get_mut(&request.tenant) {
            lane.moving -= 1;
        }
        state.moving -= 1;
        state.waiting += 1;
        state.untangle(&request.tenant);
        let (budget, tenant) = (budget.clone(), request.tenant.clone());
        Self { budget, tenant, begun: request.begun, wake, grows }
    }

    /// Done when it is worth looking again.
    pub(super) fn woken(&self) -> OwnedNotified {
        Arc::clone(&self.wake).notified_owned()
    }

    pub(super) fn is_given_up(&self, state: &State) -> bool {
        let lane = state.lanes.get(&self.tenant);
        lane.and_then(|lane| lane.growing.get(&self.begun)).is_some_and(|waiter| waiter.given_up)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        state.waiting -= 1;
        state.moving += 1;
        if let Some(lane) = state.lanes.get_mut(&self.tenant) {
            lane.moving += 1;
            let line = if self.grows { &mut lane.growing } else { &mut lane.beginning };
            line.remove(&self.begun);
        }
        // There may be room for the next as well.
        state.wake();
    }
}
