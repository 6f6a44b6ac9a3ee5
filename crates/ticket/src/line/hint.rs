//! What of a line is not kept as it was probably meant.

use std::fmt;

/// Something of a line that is not kept as it was probably meant. Names it quotes are near one of ours,
/// so they are nobody's text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint(pub(super) Kind);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A field, kept as an attribute, that is nearly a field of ours.
    Field { name: String, meant: &'static str },
    /// A field, kept as an attribute, that is read inside `trace`.
    InsideTrace { name: String, meant: &'static str },
    /// A key of `trace`, kept there, that is nearly one of ours.
    OfTrace { name: String, meant: &'static str },
    /// A field of feedback, left out, that is nearly one of ours.
    OfFeedback { name: String, meant: &'static str },
    /// Fields in feedback, or beside it, that are none of ours.
    Unknown,
    /// Longer than what is kept of it.
    Cut { what: &'static str, bytes: usize },
    /// More than are kept.
    TooMany { what: &'static str, most: usize },
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Field { name, meant } => {
                write!(f, "{name} is kept as an attribute; did you mean {meant}?")
            }
            Kind::InsideTrace { name, meant } => {
                write!(f, "{name} is kept as an attribute; {meant} belongs inside trace")
            }
            Kind::OfTrace { name, meant } => {
                write!(f, "trace.{name} is kept, but not read; did you mean trace.{meant}?")
            }
            Kind::OfFeedback { name, meant } => {
                write!(f, "feedback.{name} is left out; did you mean feedback.{meant}?")
            }
            Kind::Unknown => {
                f.write_str("feedback has fields that are not known: they are left out")
            }
            Kind::Cut { what, bytes } => {
                write!(f, "{what} is too long: it is cut to {bytes} bytes")
            }
            Kind::TooMany { what, most } => {
                write!(f, "there are more {what} than {most}: the rest is left out")
            }
        }
    }
}
