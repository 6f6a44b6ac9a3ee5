//! Why a tool has no answer, and what a model can do next.

use rmcp::model::{CallToolResult, ContentBlock};
use ticketlens_show::safe;
use tonic::{Code, Status};

use crate::weight;

/// How much of a message is told.
const TOLD: usize = 2_000;

/// A tool has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// An argument can't be.
    #[error("{0}")]
    Argument(String),
    /// The service said no.
    #[error("{}", of_service(.0))]
    Service(Box<Status>),
    /// Nobody waits for the answer any more.
    #[error("the call was cancelled")]
    Cancelled,
    /// A bug.
    #[error("the answer cannot be told; the provider must look at the log")]
    Untold,
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self::Service(Box::new(status))
    }
}

/// Names of the messages' fields that have other names here.
const NAMES: [(&str, &str); 6] = [
    ("page_token", "cursor"),
    ("page_size", "limit"),
    ("query", "text"),
    ("min_duration", "min_duration_seconds"),
    ("max_duration", "max_duration_seconds"),
    ("every", "every_seconds"),
];

fn of_service(status: &Status) -> String {
    let message = named_here(status.message());
    let next = match status.code() {
        Code::NotFound => {
            "search_tickets lists what there is; a ticket may also be erased, or past its retention"
        }
        Code::Unauthenticated => "the user must give a key of scope `read` to this connection",
        Code::PermissionDenied => {
            "the user can connect with another key; the tools read only what the key may see"
        }
        Code::InvalidArgument | Code::OutOfRange => "correct the argument and call again",
        Code::ResourceExhausted => "wait a few seconds and call again, one call at a time",
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
            "the receiver can't answer just now; try again shortly, or with a shorter range of time"
        }
        Code::Unimplemented => "the receiver is older than this program, or it is none",
        _ => "",
    };
    if next.is_empty() { message } else { format!("{message}. Next: {next}.") }
}

fn named_here(message: &str) -> String {
    for (theirs, ours) in NAMES {
        if let Some(what) = message.strip_prefix(theirs).and_then(|rest| rest.strip_prefix(": ")) {
            return format!("{ours}: {what}");
        }
    }
    message.to_owned()
}

impl From<Refusal> for CallToolResult {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        let (text, _) = weight::cut(&text, TOLD);
        Self::error(vec![ContentBlock::text(safe::block(text).into_owned())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_said_is_told_with_what_to_do_next() {
        let told = |status: Status| Refusal::from(status).to_string();
        let bad = told(Status::invalid_argument("page_token: is cut off"));
        assert_eq!(bad, "cursor: is cut off. Next: correct the argument and call again.");
        let none = told(Status::not_found("no such ticket among those this key may see"));
        assert!(none.contains("search_tickets lists"), "{none}");
        assert_eq!(told(Status::internal("it broke")), "it broke");
    }
}
