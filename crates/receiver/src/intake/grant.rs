//! What one request may become: bytes that are reserved before they are made, and time.

use std::{cell::RefCell, time::Duration};

use ticketlens_ticket::meter::{Allowance, NotGranted};
use tokio::time::Instant;

use super::in_flight::InFlight;
use crate::{
    budget::Reservation,
    reply::{Refusal, TooLarge},
};

/// What is stored of a request is at most so many times what was sent …
const TIMES: usize = 32;
/// … and this much: a short record is stored with a resource's attributes and labels.
const ALWAYS: usize = 64 << 10;
/// The same of what is held while it is read: trees, texts before and after the gate. A timeline of
/// the most steps that there may be, each of a few bytes, takes two KiB a step on its way.
const TIMES_HELD: usize = 64;
const ALWAYS_HELD: usize = 40 << 20;
/// How long a request may be read: the largest takes a tenth of it on a slow machine.
const READ_WITHIN: Duration = Duration::from_secs(20);

/// Grants a request's reader what it asks for, as long as there is room.
pub(super) struct Grant {
    pub(super) reservation: Reservation,
    /// Rows that are being committed, which make room when they are.
    pub(super) in_flight: InFlight,
    /// Reserved when the body arrived, and not used yet.
    prepaid: usize,
    /// What may still be stored of the request, and what may still be held to read it.
    left: usize,
    left_to_hold: usize,
    until: Instant,
    /// What is being made, for people.
    refusal: Option<Refusal>,
}

impl Grant {
    /// For a request of so many bytes, of whose reservation `prepaid` are for what is made of it.
    pub(super) fn new(
        reservation: Reservation,
        in_flight: InFlight,
        sent: usize,
        prepaid: usize,
    ) -> RefCell<Self> {
        RefCell::new(Self {
            reservation,
            in_flight,
            prepaid,
            left: sent.saturating_mul(TIMES).saturating_add(ALWAYS),
            left_to_hold: sent.saturating_mul(TIMES_HELD).saturating_add(ALWAYS_HELD),
            until: Instant::now() + READ_WITHIN,
            refusal: None,
        })
    }

    /// Why it did not grant what it was asked for last; `part` was being made.
    pub(super) fn refusal(&mut self, part: &'static str) -> Refusal {
        match self.refusal.take() {
            Some(Refusal::TooLarge(TooLarge::Grown { times, .. })) => {
                Refusal::TooLarge(TooLarge::Grown { part, times })
            }
            Some(Refusal::TooLarge(TooLarge::Slow { seconds, .. })) => {
                Refusal::TooLarge(TooLarge::Slow { part, seconds })
            }
            Some(other) => other,
            None => Refusal::Internal,
        }
    }

    /// So many bytes of rows were made.
    pub(super) fn made(&mut self, bytes: usize) -> Result<(), NotGranted> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => self.outgrown(TIMES),
        }
    }

    fn outgrown<T>(&mut self, times: usize) -> Result<T, NotGranted> {
        self.refuse(Refusal::TooLarge(TooLarge::Grown { part: "", times }))
    }

    fn reserve(&mut self, more: usize) -> Result<(), NotGranted> {
        loop {
            match self.reservation.grow(more) {
                Ok(()) => return Ok(()),
                Err(Refusal::Overloaded) => match self.in_flight.wait_for_one() {
                    Some(Ok(())) => {}
                    Some(Err(refusal)) => return self.refuse(refusal),
                    None => return self.refuse(Refusal::Overloaded),
                },
                Err(refusal) => return self.refuse(refusal),
            }
        }
    }

    fn refuse<T>(&mut self, refusal: Refusal) -> Result<T, NotGranted> {
        self.refusal = Some(refusal);
        Err(NotGranted)
    }
}

/// A grant, shared with the rows that are made of the request.
pub(super) struct Shared<'g>(pub(super) &'g RefCell<Grant>);

impl Allowance for Shared<'_> {
    fn grow(&mut self, bytes: usize) -> Result<(), NotGranted> {
        let mut grant = self.0.borrow_mut();
        match grant.left_to_hold.checked_sub(bytes) {
            Some(left) => grant.left_to_hold = left,
            None => return grant.outgrown(TIMES_HELD),
        }
        let paid = bytes.min(grant.prepaid);
        grant.prepaid -= paid;
        grant.reserve(bytes - paid)
    }

    fn worked(&mut self, _: usize) -> Result<(), NotGranted> {
        let mut grant = self.0.borrow_mut();
        if Instant::now() < grant.until {
            return Ok(());
        }
        let seconds = READ_WITHIN.as_secs();
        grant.refuse(Refusal::TooLarge(TooLarge::Slow { part: "", seconds }))
    }
}
