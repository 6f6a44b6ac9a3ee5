//! Why a body is not taken.

use crate::{meter::Outgrown, wire::Malformed};

/// Why a body could not be taken.
pub(crate) enum BodyError {
    /// Not protobuf.
    Malformed,
    /// The gate met something it can't walk.
    Unwalkable,
    /// More would be made of it than is granted.
    Outgrown(Outgrown),
}

impl From<Outgrown> for BodyError {
    fn from(outgrown: Outgrown) -> Self {
        Self::Outgrown(outgrown)
    }
}

impl From<Malformed> for BodyError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
