//! How the words of a name are written: some count as names only with a capital.

/// How a word is written, or must be written at least to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Case {
    Any,
    /// With a capital: it is an everyday word too.
    Capital,
    /// As a name, with one capital: so short, it is an abbreviation too (MIA, an airport).
    Name,
}
