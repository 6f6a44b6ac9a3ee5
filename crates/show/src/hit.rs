//! What a search found, under the names that vector stores, search engines and frameworks have for
//! it.

use serde_json::Value;

use crate::{
    parts::{Part, Parts},
    quantity::measure,
    text::{Block, LABEL, View, beside, labelled, more},
    value::{as_text, label},
};

/// Documents shown unless the view is full.
const HITS: usize = 5;
/// Lines of each.
const LINES: usize = 4;
/// Columns of a score, with the blanks after it.
const SCORE: usize = 7;

/// Where a search's output has its list.
const LISTS: [&str; 8] =
    ["hits", "documents", "results", "matches", "chunks", "docs", "items", "nodes"];
/// Objects in which a document, or what is known of it, stands.
const AROUND: [&str; 7] = ["document", "doc", "node", "_source", "payload", "metadata", "chunk"];
const SCORES: [&str; 6] =
    ["score", "similarity", "relevance", "relevance_score", "similarity_score", "_score"];
const TITLES: [&str; 19] = [
    "title",
    "name",
    "document",
    "doc",
    "document_name",
    "source",
    "file",
    "filename",
    "file_name",
    "path",
    "file_path",
    "url",
    "uri",
    "link",
    "doc_id",
    "document_id",
    "chunk_id",
    "id",
    "_id",
];
const TEXTS: [&str; 10] = [
    "text",
    "content",
    "page_content",
    "pageContent",
    "snippet",
    "chunk",
    "passage",
    "excerpt",
    "body",
    "summary",
];

/// What a search put out.
#[derive(Debug)]
pub struct Found<'t> {
    /// Its documents.
    hits: Vec<Hit<'t>>,
    /// What was put out beside them.
    pub rest: Vec<Part<'t>>,
}

/// One document a search found.
#[derive(Debug, Default, PartialEq)]
pub struct Hit<'t> {
    /// How well it matched, if told.
    pub score: Option<f64>,
    /// What it is called.
    pub title: Option<&'t Value>,
    /// What it says.
    pub text: Option<&'t Value>,
    /// What else is known of it.
    pub rest: Vec<Part<'t>>,
}

/// The documents in a search's output: a list, or a list under a usual key.
pub fn found(output: &Value) -> Option<Found<'_>> {
    let (list, rest) = match output {
        Value::Array(list) => (list, Vec::new()),
        Value::Object(map) => {
            let mut parts = Parts::of(map);
            parts.open("hits");
            let list = parts.take(&LISTS, Value::is_array)?.as_array()?;
            (list, parts.rest())
        }
        _ => return None,
    };
    Some(Found { hits: list.iter().map(hit).collect(), rest })
}

fn hit(value: &Value) -> Hit<'_> {
    let Value::Object(map) = value else {
        return Hit { text: Some(value), ..Hit::default() };
    };
    let mut parts = Parts::of(map);
    AROUND.iter().for_each(|key| parts.open(key));
    let is_named = |value: &Value| match value {
        Value::String(name) => !name.trim().is_empty(),
        other => other.is_number(),
    };
    Hit {
        score: parts.number(&SCORES),
        text: parts.take(&TEXTS, is_named),
        title: parts.take(&TITLES, is_named),
        rest: parts.rest(),
    }
}

/// Appends the documents.
pub fn documents(out: &mut String, view: View, indent: usize, found: &Found<'_>) {
    if found.hits.is_empty() {
        labelled(out, view, indent, Block::new("found", "nothing", 1));
    }
    let shown = found.hits.len().min(view.limit(HITS));
    for (n, hit) in found.hits[..shown].iter().enumerate() {
        let label = if n == 0 { "found" } else { "" };
        let score = hit.score.map_or_else(|| "-".to_owned(), measure);
        let label = format!("{label:LABEL$}{score}");
        beside(out, view, indent, LABEL + SCORE, Block::new(&label, &says(hit, view), LINES));
    }
    more(out, view, indent, found.hits.len() - shown, "documents");
}

fn says(hit: &Hit<'_>, view: View) -> String {
    let texts = [hit.title, hit.text].into_iter().flatten().map(|value| as_text(value, view));
    let mut lines: Vec<_> = texts.collect();
    let rest: Vec<_> = hit
        .rest
        .iter()
        .map(|part| format!("{}: {}", label(&part.label), as_text(part.value, view)))
        .collect();
    if view.full {
        lines.extend(rest);
    } else if !rest.is_empty() {
        lines.push(rest.join(", "));
    }
    if lines.is_empty() { "-".to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(output: &Value) -> String {
        let mut out = String::new();
        let view = View { width: 72, full: false, now: jiff::Timestamp::UNIX_EPOCH };
        documents(&mut out, view, 0, &found(output).unwrap());
        anstream::adapter::strip_str(&out).to_string()
    }

    #[test]
    fn documents_are_read_under_the_names_in_use() {
        let output = json!([
            { "title": "Returns", "text": "30 days", "score": 0.91 },
            { "document": "returns.md", "similarity": 0.9, "distance": 0.12 },
            { "page_content": "Refunds take 5 days.", "metadata": { "source": "kb/7", "page": 3 } },
            { "_score": 7.25, "_id": 17, "_source": { "title": "Elastic", "body": "as stored" } },
            ["a pair", 0.5],
        ]);
        insta::assert_snapshot!(shown(&output), @r#"
        found        0.91   Returns
                            30 days
                     0.9    returns.md
                            distance: 0.12
                     -      kb/7
                            Refunds take 5 days.
                            metadata.page: 3
                     7.25   Elastic
                            as stored
                            _id: 17
                     -      ["a pair", 0.5]
        "#);
    }

    #[test]
    fn a_document_without_a_text_and_those_left_out_are_told() {
        let text = shown(&json!((0..6).map(|n| json!({ "score": n })).collect::<Vec<_>>()));
        assert!(text.starts_with("found        0      -\n"), "{text}");
        assert!(text.ends_with("\n… 1 more document; --full shows them\n"), "{text}");
    }

    #[test]
    fn a_list_is_found_under_its_usual_names() {
        for output in [
            json!({ "documents": ["d"], "took": 3 }),
            json!({ "hits": { "total": 1, "hits": [{ "id": "d" }] } }),
            json!({ "matches": [{ "id": "d" }] }),
        ] {
            assert!(shown(&output).contains("-      d"), "{output}");
        }
        assert!(found(&json!({ "documents": "none" })).is_none());
        let output = json!({ "docs": [], "took": 3 });
        assert_eq!(found(&output).unwrap().rest[0].key, "took");
    }
}
