//! Our own form, for whoever writes a body themselves.

use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use ticketlens_ticket::{CSAT, Feedback};
use utoipa::ToSchema;

use super::{
    field::{Field, Unreadable, form},
    said::{Said, named, rating},
    unknown::unknown,
};

const EXPECTED: &str = "a JSON object with the fields ticket_id, name, score, label, comment, \
                        source, id, execution_id, given_at and customer, and no others";

/// Feedback on a ticket.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenFeedback<'b> {
    /// The ticket's number in the help desk: a text, or a whole number. The ticket may come later.
    #[serde(borrow)]
    #[schema(value_type = String, required = true)]
    ticket_id: Option<&'b RawValue>,
    /// The execution it is about, a UUID; otherwise it is about the ticket.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    execution_id: Option<&'b RawValue>,
    /// What is evaluated: `csat` unless given, and `comment` for a comment alone.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    name: Option<&'b RawValue>,
    /// Who gives it: HUMAN (unless given), MODEL or CODE.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    source: Option<&'b RawValue>,
    /// The score as a number, of `csat` from 1 to 5.
    #[serde(borrow)]
    #[schema(value_type = Option<f64>)]
    score: Option<&'b RawValue>,
    /// The score as a word.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    label: Option<&'b RawValue>,
    /// Why, in free text; cut to 16,384 bytes.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    comment: Option<&'b RawValue>,
    /// The customer, of whom a keyed hash is kept.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    customer: Option<&'b RawValue>,
    /// Its own id: sent again with it, it is stored once. Otherwise what it says is its id.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    id: Option<&'b RawValue>,
    /// When it was given: RFC 3339, or whole seconds since 1970; now unless given.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    given_at: Option<&'b RawValue>,
}

/// The names of the fields.
const FIELDS: [&str; 10] = [
    "ticket_id",
    "execution_id",
    "name",
    "source",
    "score",
    "label",
    "comment",
    "customer",
    "id",
    "given_at",
];

/// A customer's satisfaction, unless it says something else.
pub(super) fn read(body: &[u8], _: &HeaderMap) -> Result<Said, Unreadable> {
    let body: GivenFeedback<'_> = form(body, EXPECTED).map_err(|why| {
        let name = unknown(body, &FIELDS);
        name.map_or(why, |name| Unreadable::Unknown { name, known: &FIELDS })
    })?;
    let ticket_id = Field::new("ticket_id", body.ticket_id).ticket()?;
    let mut feedback = rating(ticket_id, Field::new("score", body.score).number()?);
    feedback.name = Field::new("name", body.name).text()?.unwrap_or_default();
    if let Some(source) = Field::new("source", body.source).text()? {
        let expected = "HUMAN, MODEL or CODE";
        let wrong = Unreadable::Wrong { field: "source", expected };
        feedback.source = Some(source.parse().map_err(|_| wrong)?);
    }
    if let Some(id) = Field::new("execution_id", body.execution_id).text()? {
        let wrong = Unreadable::Wrong { field: "execution_id", expected: "a UUID" };
        feedback.execution_id = Some(id.parse().map_err(|_| wrong)?);
    }
    if let Some(given_at) = Field::new("given_at", body.given_at).time()? {
        feedback.given_at = given_at;
    }
    feedback.id = Field::new("id", body.id).id()?.unwrap_or_default();
    let Feedback { label, comment, customer, .. } = &mut *feedback;
    *label = Field::new("label", body.label).text()?;
    *comment = Field::new("comment", body.comment).text()?;
    *customer = Field::new("customer", body.customer).text()?;
    // A comment alone is none on satisfaction: it would hide the score there is.
    if feedback.name.is_empty() && (feedback.score.is_some() || feedback.label.is_some()) {
        CSAT.clone_into(&mut feedback.name);
    }
    Ok(named(Box::new(feedback.checked()?)))
}
