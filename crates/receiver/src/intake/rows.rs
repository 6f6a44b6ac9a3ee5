//! The rows of a request, on their way to the commit in pieces: a large request is committed while
//! the rest of it is read, and never there twice as a whole.

use std::{cell::RefCell, mem};

use ticketlens_store::{
    Costs, PricesOf, TenantSettings,
    rows::{Table, feedback, ticket},
};
use ticketlens_ticket::{
    Timestamp,
    decode::Item,
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
    /// The list in force when the request came: all of it is priced by one.
    prices: Option<PricesOf<'r>>,
    tickets: Piece,
    feedback: Piece,
}

/// Rows of one table that are committed together.
#[derive(Default)]
struct Piece {
    table: Table,
    bytes: Vec<u8>,
    count: u64,
}

impl<'r> Rows<'r> {
    pub(super) fn new(
        tenant: &'r TenantSettings,
        request_id: &'r str,
        grant: &'r RefCell<Grant>,
        prices: Option<PricesOf<'r>>,
    ) -> Self {
        let received_at = Timestamp::now();
        let tickets = Piece::default();
        let feedback = Piece { table: Table::Feedback, ..Piece::default() };
        Self { tenant, received_at, request_id, grant, prices, tickets, feedback }
    }

    /// Makes room for the rows of about so many bytes of records, most of which are tickets.
    pub(super) fn expect(&mut self, sent: usize, meter: &mut Meter<'_>) -> Result<(), Outgrown> {
        room(&mut self.tickets.bytes, sent.min(PIECE), meter)
    }

    /// Appends a record's row.
    pub(super) fn append(
        &mut self,
        item: &Item<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Outgrown> {
        meter.making(ROWS);
        let &mut Self { tenant, received_at, request_id, grant, .. } = self;
        match item {
            Item::Ticket(record) => {
                let most = ticket::most_bytes(tenant, request_id, record);
                let costs = Costs::of(record, self.prices);
                self.tickets.append(most, grant, meter, |rows| {
                    ticket::append(rows, tenant, received_at, request_id, &costs, record);
                })
            }
            Item::Feedback(record) => {
                let most = feedback::most_bytes(tenant, request_id, record);
                self.feedback.append(most, grant, meter, |rows| {
                    feedback::append(rows, tenant, received_at, request_id, record);
                })
            }
        }
    }

    /// Hands over the last.
    pub(super) fn finish(mut self, meter: &mut Meter<'_>) {
        for piece in [&mut self.tickets, &mut self.feedback] {
            if piece.count > 0 {
                piece.hand_over(self.grant, meter);
            }
        }
    }
}

impl Piece {
    /// Appends a row of at most so many bytes.
    fn append(
        &mut self,
        most: usize,
        grant: &RefCell<Grant>,
        meter: &mut Meter<'_>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Outgrown> {
        if !self.bytes.is_empty() && self.bytes.len() + most > PIECE {
            self.hand_over(grant, meter);
        }
        if self.bytes.is_empty() && self.bytes.capacity() < most {
            // Nothing of it is to be copied into what is larger.
            meter.release(mem::take(&mut self.bytes).capacity());
        }
        room(&mut self.bytes, most, meter)?;
        let before = self.bytes.len();
        write(&mut self.bytes);
        self.count += 1;
        let made = grant.borrow_mut().made(self.bytes.len() - before);
        made.map_err(|NotGranted| Outgrown { part: ROWS })
    }

    /// Hands what there is to the commit, with what is reserved for it.
    fn hand_over(&mut self, grant: &RefCell<Grant>, meter: &mut Meter<'_>) {
        let mut bytes = mem::take(&mut self.bytes);
        let held = bytes.capacity();
        let mut grant = grant.borrow_mut();
        let part = grant.reservation.split(held);
        if held / 2 > bytes.len() {
            bytes.shrink_to_fit();
        }
        meter.give_away(held);
        grant.in_flight.commit(self.table, bytes, mem::take(&mut self.count), part);
    }
}
