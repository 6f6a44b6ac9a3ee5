//! What was said of tickets, as documents.

use serde::Serialize;
use utoipa::ToSchema;

use super::rfc3339;
use crate::v1;

/// What somebody said of a ticket, or of one execution of it. What was not said is an empty text, or
/// null where it is a number.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Feedback {
    /// Whose ticket it is about; from the key it was sent with.
    pub tenant: String,
    /// The ticket's number in the help desk; the ticket may come later, or never.
    pub ticket_id: String,
    /// The execution it is about; empty where it is about the ticket.
    pub execution_id: String,
    /// What is evaluated: csat (1 to 5), or any other.
    pub name: String,
    /// HUMAN, MODEL or CODE; empty where it does not say.
    pub source: String,
    /// When it was given.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub given_at: Option<String>,
    /// When the receiver took it.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub received_at: Option<String>,
    /// The score as a number.
    pub score: Option<f64>,
    /// The score as a word.
    pub label: String,
    /// Why; empty too where its retention is over.
    pub comment: String,
    /// Keyed hash of the customer, where it was sent.
    pub customer: String,
    /// Its own id; sent again with it, it is stored once.
    pub id: String,
}

/// A page of feedback.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FeedbackPage {
    /// The feedback, in the order asked for.
    pub feedback: Vec<Feedback>,
    /// `cursor` of the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl From<v1::Feedback> for Feedback {
    fn from(feedback: v1::Feedback) -> Self {
        Self {
            tenant: feedback.tenant,
            ticket_id: feedback.ticket_id,
            execution_id: feedback.execution_id,
            name: feedback.name,
            source: feedback.source,
            given_at: rfc3339(feedback.given_at.as_ref()),
            received_at: rfc3339(feedback.received_at.as_ref()),
            score: feedback.score,
            label: feedback.label,
            comment: feedback.comment,
            customer: feedback.customer,
            id: feedback.id,
        }
    }
}

impl From<v1::ListFeedbackResponse> for FeedbackPage {
    fn from(page: v1::ListFeedbackResponse) -> Self {
        Self {
            feedback: page.feedback.into_iter().map(Feedback::from).collect(),
            next_cursor: Some(page.next_page_token).filter(|token| !token.is_empty()),
        }
    }
}
