//! Our own form, for whoever writes a body themselves.

use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use ticketlens_ticket::{CSAT, Feedback};

use super::{
    field::{Field, Unreadable, form},
    said::{Said, named, rating},
};

const EXPECTED: &str = "a JSON object with the fields ticket_id, name, score, label, comment, \
                        source, id, execution_id, given_at and customer, and no others";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'b> {
    #[serde(borrow)]
    ticket_id: Option<&'b RawValue>,
    #[serde(borrow)]
    execution_id: Option<&'b RawValue>,
    #[serde(borrow)]
    name: Option<&'b RawValue>,
    #[serde(borrow)]
    source: Option<&'b RawValue>,
    #[serde(borrow)]
    score: Option<&'b RawValue>,
    #[serde(borrow)]
    label: Option<&'b RawValue>,
    #[serde(borrow)]
    comment: Option<&'b RawValue>,
    #[serde(borrow)]
    customer: Option<&'b RawValue>,
    #[serde(borrow)]
    id: Option<&'b RawValue>,
    #[serde(borrow)]
    given_at: Option<&'b RawValue>,
}

/// A customer's satisfaction, unless it says something else.
pub(super) fn read(body: &[u8], _: &HeaderMap) -> Result<Said, Unreadable> {
    let body: Body<'_> = form(body, EXPECTED)?;
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
