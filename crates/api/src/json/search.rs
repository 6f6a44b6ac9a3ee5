//! What a search found, as documents.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Ticket, rfc3339};
use crate::v1;

/// A page of what was found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SearchPage {
    /// The tickets, newest first.
    pub hits: Vec<SearchHit>,
    /// `cursor` of the next page; null on the last.
    pub next_cursor: Option<String>,
    /// Executed at or after this was searched.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub since: Option<String>,
}

/// A ticket in which everything searched for was said.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SearchHit {
    /// The execution.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// Where, in the trace's order; at most 3.
    pub snippets: Vec<Snippet>,
}

/// A piece of a trace's text around what was found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Snippet {
    /// At most 160 characters, on one line.
    pub text: String,
    /// What was found in `text`, in its order.
    pub marks: Vec<Mark>,
    /// The trace's key under which the text stands, or the step's: `output`, `error`, `name`.
    pub field: String,
    /// The step it stands in; null outside of the steps.
    pub step: Option<SnippetStep>,
    /// Whether the text goes on before it.
    pub cut_before: bool,
    /// Whether the text goes on behind it.
    pub cut_after: bool,
}

/// Bytes of a snippet's text, in UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mark {
    /// The first byte.
    pub start: u32,
    /// Behind the last.
    pub end: u32,
}

/// A step, by what it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SnippetStep {
    /// Unique within the ticket.
    pub id: String,
    /// node, react, llm, tool, retrieval, message or other.
    pub kind: String,
    /// The node, tool, model or speaker.
    pub name: String,
}

impl From<v1::SearchTicketsResponse> for SearchPage {
    fn from(page: v1::SearchTicketsResponse) -> Self {
        Self {
            hits: page.hits.into_iter().map(SearchHit::from).collect(),
            next_cursor: Some(page.next_page_token).filter(|token| !token.is_empty()),
            since: rfc3339(page.since.as_ref()),
        }
    }
}

impl From<v1::SearchHit> for SearchHit {
    fn from(hit: v1::SearchHit) -> Self {
        Self {
            ticket: hit.ticket.unwrap_or_default().into(),
            snippets: hit.snippets.into_iter().map(Snippet::from).collect(),
        }
    }
}

impl From<v1::Snippet> for Snippet {
    fn from(snippet: v1::Snippet) -> Self {
        let marks = snippet.marks.into_iter().map(|mark| Mark { start: mark.start, end: mark.end });
        let step = |step: v1::Step| SnippetStep { id: step.id, kind: step.kind, name: step.name };
        Self {
            text: snippet.text,
            marks: marks.collect(),
            field: snippet.field,
            step: snippet.step.map(step),
            cut_before: snippet.cut_before,
            cut_after: snippet.cut_after,
        }
    }
}
