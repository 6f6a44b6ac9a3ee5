//! What was said of an exported ticket.

use serde::Serialize;
use ticketlens_api::{Feedback, time::timestamp};
use ticketlens_ticket::CSAT;

/// One piece of feedback in an export: the fields of a feedback line of a ticket log
/// (`ticketlens send`), but for the ticket's, which are the line's own.
#[derive(Debug, PartialEq, Serialize)]
pub struct Said {
    #[serde(skip_serializing_if = "String::is_empty")]
    execution_id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    comment: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    customer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
}

/// All of a ticket's, newest first.
pub fn said_of(feedback: Vec<Feedback>) -> Vec<Said> {
    feedback.into_iter().map(Said::from).collect()
}

/// The latest rating by whoever gave one.
pub fn csat(feedback: &[Feedback]) -> Option<f64> {
    let ratings = feedback.iter().filter(|one| one.name == CSAT);
    // Newest first.
    ratings.filter_map(|one| one.score).next()
}

impl From<Feedback> for Said {
    fn from(one: Feedback) -> Self {
        Self {
            execution_id: one.execution_id,
            name: one.name,
            score: one.score,
            label: one.label,
            comment: one.comment,
            source: one.source,
            given_at: one.given_at.as_ref().and_then(timestamp).map(|at| at.to_string()),
            customer: one.customer,
            id: one.id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_score_of_that_name_is_the_rating() {
        let one = |name: &str, score| Feedback { name: name.into(), score, ..Feedback::default() };
        let said = [one("relevance", Some(0.1)), one("csat", None), one("csat", Some(4.0))];
        assert_eq!(csat(&said), Some(4.0));
        assert_eq!(csat(&[&said[..], &[one("csat", Some(1.0))]].concat()), Some(4.0));
        assert_eq!(csat(&said[..2]), None);
    }
}
