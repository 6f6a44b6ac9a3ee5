//! Freshdesk: an automation's webhook, whose body is its user's, or a satisfaction rating as
//! Freshdesk's own API tells it.
//!
//! A rating is one of seven numbers, from 103 (extremely happy) over 100 to -103; here they are the
//! seven steps from 5 to 1. Freshdesk's older surveys have 1 for happy and 3 for unhappy, the wrong way
//! round here: such numbers are refused.

use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    field::{Field, Unreadable, form},
    said::{Said, named, rating},
};

const EXPECTED: &str = "an object with ticket_id, rating (103 to -103) and comment, or a \
                        satisfaction rating of Freshdesk's API";
const RATING: &str = "one of Freshdesk's ratings: 103, 102, 101, 100, -101, -102 or -103";

#[derive(Deserialize)]
struct Body<'b> {
    #[serde(borrow)]
    ticket_id: Option<&'b RawValue>,
    #[serde(borrow)]
    id: Option<&'b RawValue>,
    #[serde(borrow)]
    rating: Option<&'b RawValue>,
    #[serde(borrow)]
    comment: Option<&'b RawValue>,
    // The API's.
    #[serde(borrow)]
    ratings: Option<Ratings<'b>>,
    #[serde(borrow)]
    feedback: Option<&'b RawValue>,
    #[serde(borrow)]
    updated_at: Option<&'b RawValue>,
}

#[derive(Deserialize)]
struct Ratings<'b> {
    #[serde(borrow)]
    default_question: Option<&'b RawValue>,
}

pub(super) fn read(body: &[u8], _: &HeaderMap) -> Result<Said, Unreadable> {
    let body: Body<'_> = form(body, EXPECTED)?;
    let ticket_id = Field::new("ticket_id", body.ticket_id).ticket()?;
    let (field, raw) = match body.ratings {
        Some(ratings) => ("ratings.default_question", ratings.default_question),
        None => ("rating", body.rating),
    };
    let Some(number) = Field::new(field, raw).number()? else { return Ok(Said::Nothing) };
    let Some((score, label)) = scored(number) else {
        return Err(Unreadable::Wrong { field, expected: RATING });
    };
    let mut feedback = rating(ticket_id, Some(score));
    feedback.label = Some(label.to_owned());
    feedback.comment = Field::new("comment", body.comment.or(body.feedback)).text()?;
    feedback.id = Field::new("id", body.id).id()?.unwrap_or_default();
    if let Some(time) = Field::new("updated_at", body.updated_at).time()? {
        feedback.given_at = time;
    }
    Ok(named(feedback))
}

/// The score of one of Freshdesk's ratings, and its words. Accounts may have others; the numbers stay.
fn scored(number: f64) -> Option<(f64, &'static str)> {
    const STEPS: [(f64, &str); 7] = [
        (-103.0, "extremely unhappy"),
        (-102.0, "very unhappy"),
        (-101.0, "unhappy"),
        (100.0, "neutral"),
        (101.0, "happy"),
        (102.0, "very happy"),
        (103.0, "extremely happy"),
    ];
    let mut score = 1.0;
    for (rating, words) in STEPS {
        if rating.to_bits() == number.to_bits() {
            return Some((score, words));
        }
        score += 4.0 / 6.0;
    }
    None
}
