//! One field of a body: read where it stands, and its fault told without what it holds.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use ticketlens_ticket::{InvalidFeedback, Timestamp, limits};

/// Why a body is no feedback. Says where and what is expected, never what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// No JSON.
    #[error("the body is not JSON (line {line}, column {column})")]
    NotJson { line: usize, column: usize },
    /// JSON, and not of the form that this path takes.
    #[error("the body is not {expected}; see docs/feedback.md for an example")]
    Form { expected: &'static str },
    /// A field that is none of those it may have. The name goes back to who sent it, and nowhere else.
    #[error("{name}: there is no such field; there are {}", .known.join(", "))]
    Unknown { name: String, known: &'static [&'static str] },
    /// A field that is not there.
    #[error("{field}: is missing; it is {expected}")]
    Missing { field: &'static str, expected: &'static str },
    /// A field that holds something else.
    #[error("{field}: is not {expected}")]
    Wrong { field: &'static str, expected: &'static str },
    /// A template's placeholder: stored, it would count for a ticket that nobody has.
    #[error(
        "{field}: is a placeholder ({{{{…}}}}) that was not filled in; check its name in the desk's webhook"
    )]
    Unfilled { field: &'static str },
    /// Feedback that can't be.
    #[error("{0}")]
    Invalid(#[from] InvalidFeedback),
    /// The record was rejected.
    #[error("{0}")]
    Rejected(String),
}

/// A body's form, its fields still as they stand: nothing is made of what is not needed.
pub(super) fn form<'b, T: Deserialize<'b>>(
    body: &'b [u8],
    expected: &'static str,
) -> Result<T, Unreadable> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Unreadable::Form { expected },
        _ => Unreadable::NotJson { line: error.line(), column: error.column() },
    })
}

/// A field by its name, as it stands.
#[derive(Clone, Copy)]
pub(super) struct Field<'b> {
    name: &'static str,
    raw: Option<&'b RawValue>,
}

impl<'b> Field<'b> {
    pub(super) fn new(name: &'static str, raw: Option<&'b RawValue>) -> Self {
        Self { name, raw: raw.filter(|raw| raw.get() != "null") }
    }

    fn read<T: DeserializeOwned>(self, expected: &'static str) -> Result<Option<T>, Unreadable> {
        let wrong = |_| Unreadable::Wrong { field: self.name, expected };
        self.raw.map(|raw| serde_json::from_str(raw.get()).map_err(wrong)).transpose()
    }

    /// A text that is not empty.
    pub(super) fn text(self) -> Result<Option<String>, Unreadable> {
        let text = self.read::<String>("a text")?;
        Ok(text.filter(|text| !text.trim().is_empty()))
    }

    /// A text, or a number as text: desks have both for what they count.
    pub(super) fn id(self) -> Result<Option<String>, Unreadable> {
        const EXPECTED: &str = "a whole number or a text of at most 256 bytes";
        const MOST: usize = limits::TICKET_ID_BYTES;
        if !self.raw.is_some_and(|raw| raw.get().starts_with('"')) {
            return Ok(self.read::<u64>(EXPECTED)?.map(|number| number.to_string()));
        }
        match self.read::<String>(EXPECTED)?.filter(|text| !text.trim().is_empty()) {
            Some(id) if id.len() > MOST => {
                Err(Unreadable::Wrong { field: self.name, expected: EXPECTED })
            }
            Some(id) if id.contains("{{") && id.contains("}}") => {
                Err(Unreadable::Unfilled { field: self.name })
            }
            id => Ok(id),
        }
    }

    /// The same of a ticket, which must be there.
    pub(super) fn ticket(self) -> Result<String, Unreadable> {
        let missing = Unreadable::Missing {
            field: self.name,
            expected: "the ticket's number in the help desk",
        };
        self.id()?.ok_or(missing)
    }

    /// A finite number, or one as text.
    pub(super) fn number(self) -> Result<Option<f64>, Unreadable> {
        const EXPECTED: &str = "a number";
        let wrong = Unreadable::Wrong { field: self.name, expected: EXPECTED };
        let number = if self.raw.is_some_and(|raw| raw.get().starts_with('"')) {
            match self.text()? {
                Some(text) => Some(text.trim().parse().map_err(|_| wrong.clone())?),
                None => None,
            }
        } else {
            self.read::<f64>(EXPECTED)?
        };
        number.map(|number| if number.is_finite() { Ok(number) } else { Err(wrong) }).transpose()
    }

    /// A time as RFC 3339 has it, or in seconds since 1970.
    pub(super) fn time(self) -> Result<Option<Timestamp>, Unreadable> {
        const EXPECTED: &str = "a time such as 2026-11-30T10:15:00Z, or whole seconds since 1970";
        let wrong = || Unreadable::Wrong { field: self.name, expected: EXPECTED };
        let nanos = if self.raw.is_some_and(|raw| raw.get().starts_with('"')) {
            let Some(text) = self.text()? else { return Ok(None) };
            let at: jiff::Timestamp = text.trim().parse().map_err(|_| wrong())?;
            u64::try_from(at.as_nanosecond()).ok()
        } else {
            let Some(seconds) = self.read::<u64>(EXPECTED)? else { return Ok(None) };
            seconds.checked_mul(1_000_000_000)
        };
        // A time of today in milliseconds is one that no clock of ours can hold.
        let nanos = nanos.filter(|nanos| i64::try_from(*nanos).is_ok()).ok_or_else(wrong)?;
        Ok(Some(Timestamp::from_unix_nanos(nanos)))
    }
}
