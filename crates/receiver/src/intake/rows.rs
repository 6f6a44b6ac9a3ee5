//! The rows of a request, on their way to the commit in pieces: a large request is committed while
//! the rest of it is read, and never there twice as a whole.

use std::{cell::RefCell, mem};

use ticketlens_store::{TenantSettings, rows};
use ticketlens_ticket::{
    Record, Timestamp,
    meter::{Meter, NotGranted, Outgrown, room},
};

use super::grant::Grant;
use crate::reply::ROWS;

/// Bytes of rows that are committed together, about.
pub(super) const PIECE: usize = 4 << 20;

/// Rows being made.
pub(super) struct Rows<'r> {
    tenant: &'r TenantSettings,
    received_at: Timestamp,
    request_id: &'r str,
    grant: &'r RefCell<Grant>,
    bytes: Vec<u8>,
    count: u64,
}

impl<'r> Rows<'r> {
    pub(super) fn new(
        tenant: &'r TenantSettings,
        request_id: &'r str,
        grant: &'r RefCell<Grant>,
    ) -> Self {
        let received_at = Timestamp::now();
        Self { tenant, received_at, request_id, grant, bytes: Vec::new(), count: 0 }
    }

    /// Makes room for the rows of about so many bytes of records.
    pub(super) fn expect(&mut self, sent: usize, meter: &mut Meter<'_>) -> Result<(), Outgrown> {
        room(&mut self.bytes, sent.min(PIECE), meter)
    }

    /// Appends a record's row.
    pub(super) fn append(
        &mut self,
        record: &Record<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Outgrown> {
        meter.making(ROWS);
        let most = rows::most_bytes(self.tenant, self.request_id, record);
        if !self.bytes.is_empty() && self.bytes.len() + most > PIECE {
            self.hand_over(meter);
        }
        if self.bytes.is_empty() && self.bytes.capacity() < most {
            // Nothing of it is to be copied into what is larger.
            meter.release(mem::take(&mut self.bytes).capacity());
        }
        room(&mut self.bytes, most, meter)?;
        let before = self.bytes.len();
        let Self { tenant, received_at, request_id, bytes, .. } = self;
        rows::append(bytes, tenant, *received_at, request_id, record);
        self.count += 1;
        let made = self.grant.borrow_mut().made(self.bytes.len() - before);
        made.map_err(|NotGranted| Outgrown { part: ROWS })
    }

    /// Hands what there is to the commit, with what is reserved for it.
    fn hand_over(&mut self, meter: &mut Meter<'_>) {
        let mut bytes = mem::take(&mut self.bytes);
        let held = bytes.capacity();
        let mut grant = self.grant.borrow_mut();
        let part = grant.reservation.split(held);
        if held / 2 > bytes.len() {
            bytes.shrink_to_fit();
        }
        meter.give_away(held);
        grant.in_flight.commit(bytes, mem::take(&mut self.count), part);
    }

    /// Hands over the last.
    pub(super) fn finish(mut self, meter: &mut Meter<'_>) {
        if self.count > 0 {
            self.hand_over(meter);
        }
    }
}
