//! Intercom: its notification `conversation.rating.added`, whose body is Intercom's. The conversation is
//! the ticket. Whatever else an app is subscribed to is no feedback, and taken without a word.

use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    field::{Field, Unreadable, form},
    said::{Said, named, rating},
};

const EXPECTED: &str = "a notification of Intercom's (type notification_event)";
const TOPIC: &str = "conversation.rating.added";

#[derive(Deserialize)]
struct Body<'b> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'b RawValue>,
    #[serde(borrow)]
    topic: Option<&'b RawValue>,
    #[serde(borrow)]
    id: Option<&'b RawValue>,
    #[serde(borrow)]
    data: Option<&'b RawValue>,
}

#[derive(Deserialize)]
struct Data<'b> {
    #[serde(borrow)]
    item: Option<Item<'b>>,
}

#[derive(Deserialize)]
struct Item<'b> {
    #[serde(borrow)]
    id: Option<&'b RawValue>,
    #[serde(borrow)]
    conversation_rating: Option<Rating<'b>>,
}

#[derive(Deserialize)]
struct Rating<'b> {
    #[serde(borrow)]
    rating: Option<&'b RawValue>,
    #[serde(borrow)]
    remark: Option<&'b RawValue>,
    #[serde(borrow)]
    updated_at: Option<&'b RawValue>,
}

pub(super) fn read(body: &[u8], _: &HeaderMap) -> Result<Said, Unreadable> {
    let body: Body<'_> = form(body, EXPECTED)?;
    let kind = Field::new("type", body.kind).text()?;
    if kind.as_deref() != Some("notification_event") {
        return Err(Unreadable::Form { expected: EXPECTED });
    }
    let topic = Field::new("topic", body.topic).text()?;
    if topic.as_deref() != Some(TOPIC) {
        return Ok(Said::Nothing);
    }
    let missing = Unreadable::Missing { field: "data", expected: "the conversation" };
    let data: Data<'_> = form(body.data.ok_or(missing)?.get().as_bytes(), EXPECTED)?;
    let missing = Unreadable::Missing { field: "data.item", expected: "the conversation" };
    let item = data.item.ok_or(missing)?;
    let ticket_id = Field::new("data.item.id", item.id).ticket()?;
    let Some(given) = item.conversation_rating else { return Ok(Said::Nothing) };
    let field = "data.item.conversation_rating.rating";
    let Some(score) = Field::new(field, given.rating).number()? else { return Ok(Said::Nothing) };
    if !(1.0..=5.0).contains(&score) {
        return Err(Unreadable::Wrong { field, expected: "a number from 1 to 5" });
    }
    let mut feedback = rating(ticket_id, Some(score));
    feedback.comment = Field::new("data.item.conversation_rating.remark", given.remark).text()?;
    feedback.id = Field::new("id", body.id).id()?.unwrap_or_default();
    let field = "data.item.conversation_rating.updated_at";
    if let Some(time) = Field::new(field, given.updated_at).time()? {
        feedback.given_at = time;
    }
    Ok(named(feedback))
}
