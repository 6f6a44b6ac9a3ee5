//! One line, whatever it holds.

use super::{
    LineError, Parsed, ParsedFeedback,
    feedback::{is_feedback, of_line},
    object, read,
};

/// What a line holds.
#[derive(Debug, PartialEq)]
pub enum Entry {
    /// A ticket log.
    Ticket(Box<Parsed>),
    /// Feedback: a line with `feedback` and no `ticket_id` beside it.
    Feedback(Box<ParsedFeedback>),
}

/// Reads one line, whatever it holds.
///
/// # Errors
///
/// What of it is neither a ticket log nor feedback, by the field's name.
pub fn parse_entry(line: &[u8]) -> Result<Entry, LineError> {
    let map = object(line)?;
    if is_feedback(&map) {
        return Ok(Entry::Feedback(Box::new(of_line(map)?)));
    }
    Ok(Entry::Ticket(Box::new(read(map)?)))
}
