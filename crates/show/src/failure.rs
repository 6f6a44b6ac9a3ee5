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
    let is_told_last = is_python(stack);
    let stack = Block { is_told_last, ..Block::new("stack", stack, STACK_LINES) };
    labelled(out, view, indent, stack);
    list(out, view, indent, List { texts: &rest, ..REST });
}

/// Python's tracebacks end with the innermost frame and the exception; others begin with them. One may
/// begin with a cause that was never raised, or with an exception group's margin, and where it was cut, or
/// is of frames alone, it has no heading.
fn is_python(stack: &str) -> bool {
    stack.lines().any(|line| {
        let line = line.trim_start_matches([' ', '|', '+']).trim_start_matches("Exception Group ");
        let is_frame = line.starts_with("File \"") && line.contains("\", line ");
        is_frame || line.starts_with("Traceback (most recent call last)")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(stack: &str) -> String {
        const VIEW: View = View { width: 60, full: false, now: jiff::Timestamp::UNIX_EPOCH };
        let mut out = String::new();
        failure(&mut out, VIEW, 2, &json!({ "type": "ValueError", "stack": stack }));
        anstream::adapter::strip_str(&out).to_string()
    }

    #[test]
    fn of_a_stack_the_frames_next_to_the_failure_are_shown() {
        let frames: String =
            (1..20).map(|n| format!("  File \"agent.py\", line {n}, in f{n}\n")).collect();
        let python = format!("Traceback (most recent call last):\n{frames}ValueError: no order\n");
        insta::assert_snapshot!(shown(&python), @r#"
        error        ValueError
        stack        …
                       File "agent.py", line 14, in f14
                       File "agent.py", line 15, in f15
                       File "agent.py", line 16, in f16
                       File "agent.py", line 17, in f17
                       File "agent.py", line 18, in f18
                       File "agent.py", line 19, in f19
                     ValueError: no order
                     … 703 characters in all; --full shows them
        "#);
        let cause = "\nDuring handling of the above exception, another exception occurred:\n\n";
        assert!(shown(&format!("{python}{cause}{python}")).contains("ValueError: no order"));
        assert!(shown(&format!("  + Exception Group {python}")).contains("ValueError: no order"));
        let unraised = "KeyError: 7\n\nThe above exception was the direct cause of the following exception:\n\n";
        assert!(shown(&format!("{unraised}{python}")).contains("ValueError: no order"));
        assert!(
            shown(&format!("gent.py\", line 0\n{frames}")).contains("in f19"),
            "cut, or frames alone"
        );

        let frames: String = (1..20).map(|n| format!("    at f{n} (agent.js:{n})\n")).collect();
        let node = shown(&format!("Error: no order\n{frames}"));
        assert!(node.contains("Error: no order") && !node.contains("f19"), "{node}");
    }
}
