//! Zendesk: the event `ticket.csat_received`, whose body is Zendesk's, and a trigger's webhook, whose
//! body is its user's.
//!
//! A rating is one of two words, whatever the survey's scale: good is a 5, bad a 1. An answer below 429
//! but 409 is not sent again.

use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    field::{Field, Unreadable, form},
    said::{Said, named, rating},
};

const EXPECTED: &str = "an event of Zendesk's (zen:event-type:ticket.csat_received), or an object \
                        with ticket_id, rating (good or bad) and comment";
/// Names an invocation of a webhook, and each try of it alike.
const INVOCATION: &str = "x-zendesk-webhook-invocation-id";
/// Events that say something of satisfaction.
const RECEIVED: &str = "zen:event-type:ticket.csat_received";

#[derive(Deserialize)]
struct Body<'b> {
    // An event.
    #[serde(borrow, rename = "type")]
    kind: Option<&'b RawValue>,
    #[serde(borrow)]
    id: Option<&'b RawValue>,
    #[serde(borrow)]
    time: Option<&'b RawValue>,
    #[serde(borrow)]
    detail: Option<Detail<'b>>,
    #[serde(borrow)]
    event: Option<Event<'b>>,
    // A trigger's body.
    #[serde(borrow)]
    ticket_id: Option<&'b RawValue>,
    #[serde(borrow)]
    rating: Option<&'b RawValue>,
    #[serde(borrow)]
    comment: Option<&'b RawValue>,
}

#[derive(Deserialize)]
struct Detail<'b> {
    #[serde(borrow)]
    id: Option<&'b RawValue>,
}

#[derive(Deserialize)]
struct Event<'b> {
    #[serde(borrow)]
    satisfaction_score: Option<Score<'b>>,
}

#[derive(Deserialize)]
struct Score<'b> {
    #[serde(borrow)]
    score: Option<&'b RawValue>,
    #[serde(borrow)]
    comment: Option<&'b RawValue>,
}

pub(super) fn read(body: &[u8], headers: &HeaderMap) -> Result<Said, Unreadable> {
    let body: Body<'_> = form(body, EXPECTED)?;
    let kind = Field::new("type", body.kind).text()?;
    let invocation = headers.get(INVOCATION).and_then(|id| id.to_str().ok());
    let id = Field::new("id", body.id).id()?.or_else(|| invocation.map(str::to_owned));
    let (ticket, score, comment) = match kind.as_deref() {
        Some(RECEIVED) => {
            let score = body.event.and_then(|event| event.satisfaction_score);
            let ticket = Field::new("detail.id", body.detail.and_then(|detail| detail.id));
            let (word, comment) = score.map_or((None, None), |score| (score.score, score.comment));
            let word = Field::new("event.satisfaction_score.score", word);
            (ticket, word, Field::new("event.satisfaction_score.comment", comment))
        }
        Some(other) if other.starts_with("zen:event-type:") => return Ok(Said::Nothing),
        _ => (
            Field::new("ticket_id", body.ticket_id),
            Field::new("rating", body.rating),
            Field::new("comment", body.comment),
        ),
    };
    let ticket_id = ticket.ticket()?;
    let Some(word) = score.text()? else { return Ok(Said::Nothing) };
    let score = match scored(&word) {
        Rated::Score(score) => score,
        Rated::NotYet => return Ok(Said::Nothing),
        Rated::Unknown => {
            let expected = "good or bad; placeholders are translated, so write the word itself";
            return Err(Unreadable::Wrong { field: "rating", expected });
        }
    };
    let mut feedback = rating(ticket_id, Some(score));
    feedback.label = Some(word.to_lowercase());
    feedback.comment = comment.text()?;
    feedback.id = id.unwrap_or_default();
    if let Some(time) = Field::new("time", body.time).time()? {
        feedback.given_at = time;
    }
    Ok(named(feedback))
}

enum Rated {
    Score(f64),
    /// A survey that was sent, or not, and not answered.
    NotYet,
    Unknown,
}

fn scored(word: &str) -> Rated {
    match word.trim().to_ascii_lowercase().as_str() {
        "good" => Rated::Score(5.0),
        "bad" => Rated::Score(1.0),
        "offered" | "unoffered" => Rated::NotYet,
        _ => Rated::Unknown,
    }
}
