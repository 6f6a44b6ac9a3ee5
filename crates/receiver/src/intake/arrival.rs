//! A body on its way in, and what its bytes cost.

use crate::{
    budget::Reservation,
    payload::encoding::Encoding,
    reply::{Refusal, web::Format},
};

use super::rows::PIECE;

/// What a byte of a body costs in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) encoding: Encoding,
    pub(crate) format: Format,
}

impl Cost {
    /// Of so many bytes on the wire: themselves, and what will be made of them, so that what has
    /// arrived whole can be read. What is packed is paid for when it is unpacked.
    pub(crate) fn of(self, wire: usize) -> usize {
        match (self.encoding, self.format) {
            (Encoding::Identity, Format::Protobuf) => wire.saturating_add(wire.min(PIECE)),
            // Protobuf in between.
            (Encoding::Identity, Format::Json) => {
                wire.saturating_mul(2).saturating_add(wire.min(PIECE))
            }
            _ => wire,
        }
    }
}

/// A body on its way in: reserved as it arrives.
#[derive(Debug)]
pub(crate) struct Arrival {
    reservation: Reservation,
    cost: Cost,
    arrived: usize,
}

impl Arrival {
    pub(super) const fn new(reservation: Reservation, cost: Cost) -> Self {
        Self { reservation, cost, arrived: 0 }
    }

    /// It says that so many bytes will come, at that cost: known only when its first are there.
    pub(crate) fn declare(&mut self, bytes: usize, cost: Cost) -> Result<(), Refusal> {
        self.cost = cost;
        self.reservation.declare(cost.of(bytes))
    }

    /// So many bytes more are there, and may be kept when this returns.
    pub(crate) async fn take(&mut self, bytes: usize) -> Result<(), Refusal> {
        let after = self.arrived.saturating_add(bytes);
        let more = self.cost.of(after) - self.cost.of(self.arrived);
        self.reservation.arrived(more).await?;
        self.arrived = after;
        Ok(())
    }

    /// So many bytes beside them, until the answer is dropped.
    pub(crate) async fn beside(&mut self, bytes: usize) -> Result<Reservation, Refusal> {
        self.reservation.arrived(bytes).await?;
        Ok(self.reservation.split(bytes))
    }

    /// What arrived is gone, and so many bytes stand in its place.
    pub(crate) async fn became(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.take(bytes.saturating_sub(self.arrived)).await
    }

    /// Nothing comes at the moment.
    pub(crate) fn stalled(&mut self) {
        self.reservation.stalled();
    }

    /// What is reserved, and how much of it for what is made of the body.
    pub(super) fn into_parts(self) -> (Reservation, usize) {
        let prepaid = self.cost.of(self.arrived) - self.arrived;
        (self.reservation, prepaid)
    }
}
