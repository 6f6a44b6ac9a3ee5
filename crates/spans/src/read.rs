//! OTLP → [`Span`]s, from both of its encodings, within a grant of memory.

pub(crate) mod json;
pub(crate) mod protobuf;

use serde_json::Value;

use crate::{
    limits::STRUCTURE_BYTES,
    seen::Seen,
    span::{Event, Span, SpanKey},
};

/// What one request brought.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) spans: Vec<Span>,
    /// Log records that belong to a span, in the order they came.
    pub(crate) events: Vec<(SpanKey, Event)>,
    /// Spans and records that did not fit.
    pub(crate) left_out: usize,
}

/// Bytes that may still be taken.
pub(crate) struct Grant {
    left: usize,
    is_over: bool,
}

impl Grant {
    pub(crate) const fn new(left: usize) -> Self {
        Self { left, is_over: false }
    }

    /// Takes bytes; where they are not there any more, what is being built is left out in the end.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => self.is_over = true,
        }
        !self.is_over
    }

    /// Takes what a span takes, with what is read of it.
    pub(crate) fn take_span(&mut self) -> bool {
        self.take(size_of::<Span>() + size_of::<Seen>())
    }

    /// Takes a text. One that is structure (JSON, a Python object's repr) becomes it, and two of its
    /// bytes may be a value.
    pub(crate) fn take_text(&mut self, text: &[u8]) -> bool {
        let is_structure = text.len() <= STRUCTURE_BYTES
            && matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
        let values = match is_structure {
            true => text.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count(),
            false => 0,
        };
        self.take(text.len().max(values * size_of::<Value>()))
    }

    /// Whether all that was built since the last call fits.
    pub(crate) fn fits(&mut self, before: usize) -> bool {
        if self.is_over {
            (self.left, self.is_over) = (before, false);
            return false;
        }
        true
    }

    pub(crate) const fn left(&self) -> usize {
        self.left
    }
}

/// The numbers of `Span.SpanKind`.
pub(crate) fn kind(number: u64) -> crate::span::SpanKind {
    use crate::span::SpanKind as K;
    [K::Unspecified, K::Internal, K::Server, K::Client, K::Producer, K::Consumer]
        .get(usize::try_from(number).unwrap_or(usize::MAX))
        .copied()
        .unwrap_or_default()
}

/// The numbers of `Status.StatusCode`.
pub(crate) fn code(number: u64) -> crate::span::StatusCode {
    use crate::span::StatusCode as C;
    match number {
        1 => C::Ok,
        2 => C::Error,
        _ => C::Unset,
    }
}

/// `SpanFlags`: whether the parent is known to be another process's (bits 8 and 9).
pub(crate) const fn has_remote_parent(flags: u64) -> bool {
    flags & 0x300 == 0x300
}
