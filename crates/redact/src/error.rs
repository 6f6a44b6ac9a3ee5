//! What goes wrong: a gate that can't be made, and what none can walk.

/// Why a gate can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGate {
    /// The hash key could be found by trying.
    #[error("hash key has {bytes} bytes and needs at least 16")]
    ShortHashKey {
        /// Bytes it has.
        bytes: usize,
    },
    /// A listed key has no letter in it.
    #[error("{list} has an entry without a letter")]
    EmptyKey {
        /// The list's name.
        list: &'static str,
    },
}

/// What the gate can't walk. The caller leaves it behind as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unwalkable {
    /// Nested deeper than [`VALUE_DEPTH`](crate::VALUE_DEPTH).
    #[error("nested deeper than 128 levels")]
    TooDeep,
    /// Larger than [`TEXT_BYTES`](crate::TEXT_BYTES).
    #[error("larger than the gate walks")]
    TooLarge,
}
