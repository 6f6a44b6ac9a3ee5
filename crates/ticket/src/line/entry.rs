//! One line, whatever it holds.

use super::{
    LineError, Parsed, ParsedFeedback,
    feedback::{is_feedback, of_line},
    object, read, said,
};

/// What a line holds.
#[derive(Debug, PartialEq)]
pub enum Entry {
    /// A ticket log, and what was said of the ticket where its line was exported.
    Ticket(Box<Parsed>, Vec<ParsedFeedback>),
    /// Feedback: a line with `feedback` and no `ticket_id` beside it.
    Feedback(Box<ParsedFeedback>),
}

/// Reads one line, whatever it holds. What is made of it is proportional to its length.
///
/// # Errors
///
/// What of it is neither a ticket log nor feedback, by the field's name.
pub fn parse_entry(line: &[u8]) -> Result<Entry, LineError> {
    let mut map = object(line)?;
    if is_feedback(&map) {
        return Ok(Entry::Feedback(Box::new(of_line(map)?)));
    }
    let said = said::take(&mut map);
    let parsed = read(map)?;
    let said = said::read(said, &parsed.ticket.id)?;
    Ok(Entry::Ticket(Box::new(parsed), said))
}
