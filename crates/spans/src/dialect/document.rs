//! What a search found.

use serde_json::{Map, Value};

use crate::content::{is_mark, structured};

/// A document that was found: its id, score, title and text, whichever are there, and what else its
/// metadata say.
pub(super) fn document(document: &Value, id: Option<&Value>) -> Value {
    let mut found = Map::new();
    let is_said = |value: &&Value| !value.is_null() && !is_mark(value);
    let any = |keys: &[&str]| keys.iter().find_map(|key| document.get(key)).filter(is_said);
    if let Some(id) = id.or_else(|| any(&["id"])).filter(|id| !id.is_null()) {
        found.insert("id".into(), id.clone());
    }
    if let Some(score) = any(&["score"]) {
        found.insert("score".into(), score.clone());
    }
    if let Some(text) = any(&["content", "page_content", "text"]) {
        found.insert("text".into(), text.clone());
    }
    if let Some(Value::Object(metadata)) = any(&["metadata"]).and_then(structured) {
        for (key, value) in metadata {
            found.entry(key).or_insert(value);
        }
    }
    found.into()
}
