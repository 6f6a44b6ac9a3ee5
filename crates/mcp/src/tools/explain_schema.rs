//! `explain_schema`: what is stored of a ticket, from the documents themselves.

use rmcp::model::{CallToolResult, JsonObject, Tool};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{answer, arguments, refusal::Refusal, tool::reading};

pub(super) const NAME: &str = "explain_schema";

const ABOUT: &str = "Explains what is stored of a ticket: the columns of the database's views, the \
    attributes that a record may have, the keys of a trace, capture levels. Without a topic it \
    lists the topics.";

/// The documents, and the headings whose sections are topics: a test holds the columns in the first
/// equal to the database's own.
const DOCUMENTS: [&str; 2] =
    [include_str!("../../../../docs/views.md"), include_str!("../../../../docs/record.md")];
/// Characters of a part.
const PART: usize = 12_000;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Arguments {
    /// What to explain: tickets, ticket_steps, ticket_feedback, attributes or another topic of the
    /// list; the list unless given.
    topic: Option<String>,
    /// Which part of a long topic, from 1; the first unless given.
    #[serde(deserialize_with = "arguments::number")]
    #[schemars(range(min = 1))]
    part: Option<u32>,
}

pub(super) fn tool() -> Tool {
    reading::<Arguments>(NAME, "Explain the schema", ABOUT)
}

pub(super) fn call(given: JsonObject) -> Result<CallToolResult, Refusal> {
    let asked: Arguments = arguments::read(given)?;
    let topic = asked.topic.unwrap_or_default();
    let part = usize::try_from(asked.part.unwrap_or(1)).unwrap_or(usize::MAX);
    let text = match topic.as_str() {
        "" => list(),
        name => match topics().find(|topic| topic.name == name) {
            Some(topic) => topic.text.to_owned(),
            None => {
                let what = "topic: there is no such topic; call without one to list them";
                return Err(Refusal::Argument(what.to_owned()));
            }
        },
    };
    paged(&text, part).map(answer::text)
}

fn paged(text: &str, part: usize) -> Result<String, Refusal> {
    let parts = text.chars().count().div_ceil(PART).max(1);
    if part == 0 || part > parts {
        return Err(Refusal::Argument(format!("part: must be 1 to {parts}")));
    }
    let mut piece: String = text.chars().skip((part - 1) * PART).take(PART).collect();
    if part < parts {
        piece.push_str(&format!("\n… part {part} of {parts}: ask with part={}", part + 1));
    }
    Ok(piece)
}

/// A section of a document.
struct Topic {
    /// What it is asked for by.
    name: String,
    /// From its heading to the next.
    text: &'static str,
}

impl Topic {
    /// Its first sentence.
    fn about(&self) -> &str {
        let lines = self.text.lines().skip(1);
        let mut prose = lines.map(str::trim).filter(|line| !line.is_empty());
        prose.next().filter(|line| !line.starts_with('|')).unwrap_or_default()
    }
}

/// The sections of both documents, in order. Queries by hand are left out: these tools run none.
fn topics() -> impl Iterator<Item = Topic> {
    let sections = DOCUMENTS.into_iter().flat_map(|document| {
        let from = document.find("\n## ").map_or(document.len(), |at| at + 1);
        let document = &document[from..];
        let document = document.find("\n## What it costs").map_or(document, |end| &document[..end]);
        let heads = document.match_indices("\n#").map(|(at, _)| at + 1);
        let begins: Vec<_> = std::iter::once(0).chain(heads).collect();
        let ends: Vec<_> = begins[1..].iter().copied().chain([document.len()]).collect();
        begins.into_iter().zip(ends).map(|(begin, end)| &document[begin..end])
    });
    let named = sections.map(|text| {
        let heading = text.lines().next().unwrap_or_default().trim_start_matches('#').trim();
        Topic { name: name(heading), text: text.trim_end() }
    });
    // A heading above others has no text of its own.
    named.filter(|topic| topic.text.lines().count() > 1 && topic.name != "try_a_query")
}

/// A heading as a word: `Body: the trace` is `body_the_trace`.
fn name(heading: &str) -> String {
    let words = heading.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("_").to_ascii_lowercase()
}

fn list() -> String {
    let mut list = "Topics; ask for one with `topic`:\n".to_owned();
    for topic in topics() {
        let about = topic.about();
        let dash = if about.is_empty() { "" } else { " — " };
        list.push_str(&format!("- {}{dash}{about}\n", topic.name));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_and_every_section_of_the_record_is_a_topic_once() {
        let names: Vec<_> = topics().map(|topic| topic.name).collect();
        for name in [
            "tickets",
            "ticket_steps",
            "ticket_trace",
            "ticket_feedback",
            "rated_tickets",
            "ticket_model_calls",
            "value_rates",
            "model_calls",
            "attributes",
            "body_the_trace",
        ] {
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{names:?}");
        }
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{names:?}");
        assert!(!names.iter().any(|name| name.starts_with("eleven")), "{names:?}");
        insta::assert_snapshot!(list());
    }

    #[test]
    fn a_topic_fits_or_has_parts() {
        for topic in topics() {
            let parts = topic.text.chars().count().div_ceil(PART);
            let whole: String = (1..=parts).map(|part| paged(topic.text, part).unwrap()).collect();
            assert!(parts > 1 || whole == topic.text);
            paged(topic.text, parts + 1).unwrap_err();
        }
        let text = "x".repeat(PART + 1);
        assert!(paged(&text, 1).unwrap().ends_with("part 1 of 2: ask with part=2"));
        assert_eq!(paged(&text, 2).unwrap(), "x");
    }

    #[test]
    fn a_topic_that_is_not_there_is_told() {
        let given = serde_json::json!({ "topic": "weather" });
        let refusal = call(given.as_object().unwrap().clone()).unwrap_err();
        assert!(refusal.to_string().contains("list them"));
    }
}
