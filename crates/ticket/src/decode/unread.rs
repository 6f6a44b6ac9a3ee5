//! Why an attribute, and with it its record or its request, is not read.

use crate::{Reject, meter::Outgrown, wire::Malformed};

/// Why an attribute is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Its record is rejected.
    Reject(Reject),
    /// Reading ends.
    Outgrown(Outgrown),
}

impl From<Reject> for Unread {
    fn from(reject: Reject) -> Self {
        Self::Reject(reject)
    }
}

impl From<Malformed> for Unread {
    fn from(_: Malformed) -> Self {
        Self::Reject(Reject::Malformed)
    }
}

impl From<Outgrown> for Unread {
    fn from(outgrown: Outgrown) -> Self {
        Self::Outgrown(outgrown)
    }
}
