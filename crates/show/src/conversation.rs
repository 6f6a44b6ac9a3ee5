//! What was said, where a trace has it as a conversation or as one text.

use serde_json::Value;

use crate::{
    parts::Parts,
    text::{Block, List, View, heading, labelled, list, more, paragraph},
    value::{as_text, details},
};

/// Messages shown unless the view is full.
const MESSAGES: usize = 40;
/// Lines of each.
const LINES: usize = 12;

/// Where a trace may have it, and the heading it gets.
const PLACES: [(&str, &str); 3] =
    [("message", "Message"), ("messages", "Conversation"), ("conversation", "Conversation")];

/// Takes what was said out of a trace, and appends it. Returns whether there was anything.
pub fn conversation(out: &mut String, view: View, trace: &mut Parts<'_>) -> bool {
    let mut is_any = false;
    for (key, title) in PLACES {
        let Some(said) = trace.any(&[key]) else { continue };
        is_any = true;
        heading(out, view, title);
        match said {
            Value::Array(messages) => {
                let shown = messages.len().min(view.limit(MESSAGES));
                messages[..shown].iter().for_each(|said| message(out, view, said));
                more(out, view, 2, messages.len() - shown, "messages");
                if messages.is_empty() {
                    paragraph(out, view, "[]", 1);
                }
            }
            one @ Value::Object(_) => message(out, view, one),
            text => paragraph(out, view, &as_text(text, view), LINES),
        }
    }
    is_any
}

fn message(out: &mut String, view: View, message: &Value) {
    let Value::Object(map) = message else {
        paragraph(out, view, &as_text(message, view), LINES);
        return;
    };
    let mut parts = Parts::of(map);
    let who = parts.text(&["role", "speaker", "author", "from", "name"]).unwrap_or_default();
    let Some(text) = parts.any(&["content", "text", "message", "body"]) else {
        // Nothing we know was said: it is shown as it came.
        paragraph(out, view, &as_text(message, view), LINES);
        return;
    };
    labelled(out, view, 2, Block::new(who, &as_text(text, view), LINES));
    let rest = details(&parts.rest(), view);
    list(out, view, 4, List { texts: &rest, lines: 3, entries: 12 });
}
