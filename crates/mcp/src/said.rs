//! What was said in a ticket, where a search found it.

use schemars::JsonSchema;
use serde::Serialize;
use ticketlens_api::v1;

use crate::{quoted::short, row::Row};

/// A ticket in a list; after a search with what was found in it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listed {
    #[serde(flatten)]
    ticket: Row,
    /// Where it says what was searched for, at most 3 places; only with `text`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    said: Vec<Said>,
}

/// A piece of a ticket's text around what was found.
#[derive(Debug, Serialize, JsonSchema)]
struct Said {
    /// The piece, with `…` where the text goes on.
    text: String,
    /// What of it was searched for, in its order.
    hits: Vec<String>,
    /// Where it stands: `ticket`, `output`, `errors` or another key of the trace or of the step.
    field: String,
    /// The step it stands in, its kind and its name; absent outside of the steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    /// The step's `id`, as the timeline of `get_ticket` has it.
    #[serde(skip_serializing_if = "String::is_empty")]
    step_id: String,
}

impl From<v1::TicketSummary> for Listed {
    fn from(summary: v1::TicketSummary) -> Self {
        Self { ticket: summary.into(), said: Vec::new() }
    }
}

impl From<v1::SearchHit> for Listed {
    fn from(hit: v1::SearchHit) -> Self {
        let ticket = hit.ticket.unwrap_or_default().into();
        Self { ticket, said: hit.snippets.into_iter().map(Said::from).collect() }
    }
}

impl From<v1::Snippet> for Said {
    fn from(snippet: v1::Snippet) -> Self {
        let hits = snippet.marks.iter().filter_map(|mark| {
            // A mark that is none of this text is another server's mistake.
            snippet.text.get(mark.start as usize..mark.end as usize).map(short)
        });
        let around = |cut| if cut { "…" } else { "" };
        let (before, after) = (around(snippet.cut_before), around(snippet.cut_after));
        let named = |step: &v1::Step| short(format!("{} {}", step.kind, step.name).trim());
        Self {
            hits: hits.collect(),
            text: format!("{before}{}{after}", short(&snippet.text)),
            field: short(&snippet.field),
            step: snippet.step.as_ref().map(named),
            step_id: snippet.step.map(|step| short(&step.id)).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hit_is_told_with_its_step_and_nothing_acts() {
        let step = v1::Step { id: "s1".into(), kind: "tool".into(), ..v1::Step::default() };
        let snippet = v1::Snippet {
            text: "no G\u{1b}ld".into(),
            marks: vec![v1::Mark { start: 3, end: 7 }, v1::Mark { start: 5, end: 99 }],
            field: "error".into(),
            step: Some(step),
            cut_before: true,
            ..v1::Snippet::default()
        };
        let told = serde_json::to_value(Said::from(snippet)).unwrap();
        let expected = json!({ "text": "…no G\\u{1b}ld", "hits": ["G\\u{1b}ld"], "field": "error",
            "step": "tool", "step_id": "s1" });
        assert_eq!(told, expected);
    }
}
