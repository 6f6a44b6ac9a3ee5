//! An error: its type and message, its stack, and what else was sent with it.

use serde_json::Value;

use crate::{
    paint::RED,
    parts::Parts,
    text::{Block, List, View, heading, labelled, list, more},
    value::{as_text, details},
};

/// Errors of a ticket shown unless the view is full.
const ERRORS: usize = 20;
const MESSAGE_LINES: usize = 12;
const STACK_LINES: usize = 8;
const REST: List<'_> = List { texts: &[], lines: 3, entries: 12 };

/// The errors that belong to no single step.
pub fn errors(out: &mut String, view: View, errors: Option<&Value>) {
    let errors = match errors {
        None => return,
        Some(Value::Array(list)) if list.is_empty() => return,
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    heading(out, view, "Errors");
    let shown = errors.len().min(view.limit(ERRORS));
    for error in &errors[..shown] {
        failure(out, view, 2, error);
    }
    more(out, view, 2, errors.len() - shown, "errors");
}

/// One error. Any other shape as it is.
pub fn failure(out: &mut String, view: View, indent: usize, error: &Value) {
    let mut parts = error.as_object().map(Parts::of).unwrap_or_default();
    let (kind, message) = (parts.text(&["type"]), parts.text(&["message"]));
    let stack = parts.text(&["stack"]).unwrap_or_default();
    let (says, rest) = match (kind, message) {
        (None, None) if stack.is_empty() => (as_text(error, view), Vec::new()),
        (kind, message) => {
            let says: Vec<_> = [kind, message].into_iter().flatten().collect();
            (says.join(": "), details(&parts.rest(), view))
        }
    };
    let error = Block { style: RED, ..Block::new("error", &says, MESSAGE_LINES) };
    labelled(out, view, indent, error);
    labelled(out, view, indent, Block::new("stack", stack, STACK_LINES));
    list(out, view, indent, List { texts: &rest, ..REST });
}
