//! What a detector finds: which bytes of a text go, and what is left in their place.

use crate::detector::Detector;

/// One span of a text and what becomes of it.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) detector: Detector,
    pub(crate) replacement: Replacement,
}

/// What is left in place of a finding.
#[derive(Debug)]
pub(crate) enum Replacement {
    /// The detector's mark.
    Mark,
    /// The detector's mark as a JSON string: the finding was a JSON value that is no string.
    Quoted,
    /// A keyed hash.
    Hash(String),
    /// The same text, cleaned apart: its findings are counted already.
    Cleaned(String),
    /// All of it: it was looked at apart and is clean.
    Untouched,
}

impl Finding {
    pub(crate) fn mark(start: usize, end: usize, detector: Detector) -> Self {
        Self { start, end, detector, replacement: Replacement::Mark }
    }

    /// Whether it is a text of its own that was cleaned apart.
    pub(crate) fn was_cleaned_apart(&self) -> bool {
        matches!(self.replacement, Replacement::Untouched | Replacement::Cleaned(_))
    }
}

/// What a detector says of one position.
#[derive(Debug)]
pub(crate) enum Outcome {
    Found(Finding),
    /// Nothing, and nothing starts before this position either.
    Skip(usize),
    Nothing,
}

impl Outcome {
    pub(crate) fn mark(start: usize, end: usize, detector: Detector) -> Self {
        Self::Found(Finding::mark(start, end, detector))
    }
}
