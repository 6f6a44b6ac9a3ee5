//! Names that are nearly ours. What stands under them is shown, and not understood: one letter, or
//! another product's word, keeps a timeline from being one.

use ticketlens_ticket::spelling::{self, STEP, TRACE};

use crate::{
    paint::YELLOW,
    text::{View, more, note},
};

/// Hints given in one place unless the view is full.
const HINTS: usize = 8;

/// What to say of a key of a trace that is not understood.
pub fn of_trace(key: &str) -> Option<String> {
    let near = spelling::meant(key, TRACE)?;
    Some(format!("{key} is not read as {}: name it {}", near.is, near.name))
}

/// What to say of one of a step.
pub fn of_step(key: &str) -> Option<String> {
    let near = spelling::meant(key, STEP)?;
    Some(format!("{key} in a step is not read as {}: name it {}", near.is, near.name))
}

/// What to say of a part of a trace that was sent as an attribute.
pub fn of_attribute(key: &str) -> Option<String> {
    if key.eq_ignore_ascii_case("trace") {
        return Some(format!("{key} is an attribute here: the trace is the record's body"));
    }
    let part = spelling::spelled(key, &TRACE[..4])?;
    Some(format!("{key} is an attribute here: in the trace, as {}, it is {}", part.name, part.is))
}

/// Appends hints below what they are about.
pub fn hints(out: &mut String, view: View, hints: impl Iterator<Item = String>) {
    let hints: Vec<_> = hints.collect();
    let shown = hints.len().min(view.limit(HINTS));
    for (n, hint) in hints[..shown].iter().enumerate() {
        if n == 0 {
            out.push('\n');
        }
        note(out, view, 2, YELLOW, &format!("Hint: {hint}"));
    }
    more(out, view, 2, hints.len() - shown, "hints");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nearly_ours_are_told() {
        assert_eq!(
            of_trace("Steps").as_deref(),
            Some("Steps is not read as the timeline: name it steps")
        );
    }

    #[test]
    fn a_steps_names_and_attributes_have_hints_of_their_own() {
        let says = of_step("type").unwrap();
        assert_eq!(says, "type in a step is not read as its kind: name it kind");
        assert_eq!(of_step("temperature"), None);
        let says = of_attribute("Steps").unwrap();
        assert_eq!(says, "Steps is an attribute here: in the trace, as steps, it is the timeline");
        let says = of_attribute("Trace").unwrap();
        assert_eq!(says, "Trace is an attribute here: the trace is the record's body");
        assert_eq!(of_attribute("queue"), None);
    }
}
