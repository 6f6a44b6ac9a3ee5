//! A line that is feedback on a ticket: `{"feedback": {"ticket_id": "4711", "name": "csat", …}}`.

use serde_json::{Map, Value};

use super::{
    CLIENT_ID, Fields, LineError,
    hint::{Hint, Kind},
    known_pii, time, wrong,
};
use crate::{ExecutionId, Feedback, FeedbackSource, InvalidFeedback, limits, spelling};

/// The field that makes a line feedback, where no `ticket_id` stands beside it.
pub(super) const FEEDBACK: &str = "feedback";

/// What a line of feedback says.
#[non_exhaustive]
#[derive(Debug, PartialEq)]
pub struct ParsedFeedback {
    /// The feedback, raw, as it can be sent.
    pub feedback: Feedback,
    /// What is not kept as it was probably meant.
    pub hints: Vec<Hint>,
}

/// Whether an object is feedback. A ticket log may have an attribute of this name.
pub(super) fn is_feedback(line: &Map<String, Value>) -> bool {
    line.contains_key(FEEDBACK) && !line.contains_key("ticket_id")
}

/// Reads feedback from the line that holds it.
pub(super) fn of_line(mut line: Map<String, Value>) -> Result<ParsedFeedback, LineError> {
    let Some(Value::Object(given)) = line.swap_remove(FEEDBACK) else {
        return Err(wrong(FEEDBACK, "an object with ticket_id, name, score and given_at"));
    };
    line.swap_remove(CLIENT_ID);
    let mut parsed = read_feedback(given)?;
    let unknown = Hint(Kind::Unknown);
    if !line.is_empty() && !parsed.hints.contains(&unknown) {
        parsed.hints.push(unknown);
    }
    Ok(parsed)
}

/// Reads what is within a line's `feedback`.
///
/// # Errors
///
/// What of it can't be sent, by the field's name.
pub fn read_feedback(given: Map<String, Value>) -> Result<ParsedFeedback, LineError> {
    read_as(given, Some(FeedbackSource::Human))
}

/// The same, given by `unsaid` where it does not say by whom.
pub(super) fn read_as(
    given: Map<String, Value>,
    unsaid: Option<FeedbackSource>,
) -> Result<ParsedFeedback, LineError> {
    let mut fields = Fields { map: given };
    let feedback = feedback(&mut fields, unsaid).map_err(inside)?;
    let feedback = feedback.checked().map_err(|why| invalid(why, &fields.map))?;
    let hints = hints(&feedback, &fields.map);
    Ok(ParsedFeedback { feedback, hints })
}

fn feedback(fields: &mut Fields, unsaid: Option<FeedbackSource>) -> Result<Feedback, LineError> {
    let ticket_id = fields.id()?.unwrap_or_default();
    let name = fields.text("name")?.unwrap_or_default();
    let mut feedback = Feedback::new(ticket_id, name, FeedbackSource::Human);
    feedback.source = match fields.text("source")? {
        None => unsaid,
        Some(text) => Some(text.parse().map_err(|_| wrong("source", "HUMAN, MODEL or CODE"))?),
    };
    feedback.given_at = match fields.take("given_at") {
        Some(value) => time(&value, "given_at")?,
        None => return Err(missing("given_at", "feedback.given_at", &fields.map)),
    };
    if let Some(id) = fields.text("execution_id")? {
        feedback.execution_id = Some(id.parse().map_err(|_| wrong("execution_id", "a UUID"))?);
    }
    if let Some(score) = fields.take("score") {
        feedback.score = Some(score.as_f64().ok_or_else(|| wrong("score", "a number"))?);
    }
    feedback.label = fields.text("label")?;
    feedback.comment = fields.text("comment")?;
    feedback.customer = fields.text("customer")?;
    feedback.known_pii = known_pii(fields)?;
    feedback.id = match fields.take("id") {
        Some(Value::String(id)) => id,
        Some(Value::Number(id)) if id.is_u64() => id.to_string(),
        Some(_) => return Err(wrong("id", "a text, or a whole number")),
        None => derived(&feedback).to_string(),
    };
    Ok(feedback)
}

/// The same line gives the same id, however often it is sent: it is stored once. What somebody wrote is
/// no part of it: an id travels as it is, and a short text could be guessed from it.
fn derived(feedback: &Feedback) -> ExecutionId {
    let nanos = feedback.given_at.as_unix_nanos().to_le_bytes();
    let score = feedback.score.map(|score| score.to_bits().to_le_bytes());
    let parts = [
        feedback.ticket_id.as_bytes(),
        feedback.execution_id.as_ref().map_or(&[][..], |id| id.as_bytes()),
        feedback.name.as_bytes(),
        feedback.source.map_or("", FeedbackSource::as_str).as_bytes(),
        score.as_ref().map_or(&[][..], |bits| bits),
        feedback.label.as_deref().unwrap_or_default().as_bytes(),
        &nanos,
    ];
    ExecutionId::derived(feedback.given_at, parts)
}

/// A field's name as it stands in the line.
fn inside(error: LineError) -> LineError {
    match error {
        LineError::Wrong { field, expected } => {
            LineError::Wrong { field: format!("{FEEDBACK}.{field}"), expected }
        }
        other => other,
    }
}

/// What is missing may be there under another name.
fn invalid(why: InvalidFeedback, left: &Map<String, Value>) -> LineError {
    let error = match why {
        InvalidFeedback::NoTicket => missing("ticket_id", "feedback.ticket_id", left),
        InvalidFeedback::NoName => missing("name", "feedback.name", left),
        InvalidFeedback::SaysNothing => missing("score", "feedback.score", left),
        other => return LineError::Feedback(other),
    };
    match error {
        LineError::Missing { given: None, .. } => LineError::Feedback(why),
        told => told,
    }
}

/// That a field is not there, and which may be it.
fn missing(name: &str, field: &'static str, left: &Map<String, Value>) -> LineError {
    let is_meant = |key: &&String| meant(key).is_some_and(|meant| meant == name);
    let given = left.keys().find(is_meant).map(|key| format!("{FEEDBACK}.{key}"));
    LineError::Missing { field, given }
}

/// Which of ours a field that is not known was probably meant to be.
fn meant(key: &str) -> Option<&'static str> {
    spelling::meant(key, spelling::FEEDBACK).map(|meant| meant.name)
}

/// What is cut, and what is left out: feedback has no attributes of its own.
fn hints(feedback: &Feedback, left: &Map<String, Value>) -> Vec<Hint> {
    let comment = feedback.comment.as_ref().map_or(0, String::len);
    let label = feedback.label.as_ref().map_or(0, String::len);
    let cut = [
        ("feedback.name", feedback.name.len(), limits::LABEL_BYTES),
        ("feedback.label", label, limits::LABEL_BYTES),
        ("feedback.comment", comment, limits::COMMENT_BYTES),
    ];
    let cut = cut.into_iter().filter(|(_, bytes, most)| bytes > most);
    let mut hints: Vec<_> = cut.map(|(what, _, bytes)| Hint(Kind::Cut { what, bytes })).collect();
    let mut is_unknown = false;
    for name in left.keys() {
        match meant(name) {
            Some(meant) => hints.push(Hint(Kind::OfFeedback { name: name.clone(), meant })),
            None => is_unknown = true,
        }
    }
    if is_unknown {
        hints.push(Hint(Kind::Unknown));
    }
    hints
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::line::{Entry, parse_entry};

    fn given(change: impl FnOnce(&mut Map<String, Value>)) -> Result<ParsedFeedback, LineError> {
        let Value::Object(mut given) = json!({
            "ticket_id": "4711", "name": "csat", "score": 4, "comment": "s3cr3t",
            "given_at": "2026-11-30T10:00:00Z",
        }) else {
            panic!("no object")
        };
        change(&mut given);
        let line = json!({ "feedback": given }).to_string();
        match parse_entry(line.as_bytes())? {
            Entry::Feedback(parsed) => Ok(*parsed),
            Entry::Ticket(..) => panic!("a ticket"),
        }
    }

    fn with(key: &str, value: Value) -> Result<ParsedFeedback, LineError> {
        given(|line| drop(line.insert(key.to_owned(), value)))
    }

    #[test]
    fn a_line_becomes_feedback() {
        let execution = "01890a5d-ac96-774b-bcce-b302099a8057";
        let parsed = given(|line| {
            line.insert("ticket_id".into(), 4711.into());
            line.insert("id".into(), 90210.into());
            line.insert("execution_id".into(), execution.into());
            line.insert("label".into(), "good".into());
            line.insert("source".into(), "CODE".into());
            line.insert("customer".into(), "c-17".into());
            line.insert("known_pii".into(), json!(["Ada"]));
        });
        let ParsedFeedback { feedback, hints } = parsed.unwrap();
        assert_eq!(hints, []);
        let at = crate::Timestamp::from_unix_nanos(1_796_032_800_000_000_000);
        let expected = Feedback {
            id: "90210".into(),
            ticket_id: "4711".into(),
            execution_id: Some(execution.parse().unwrap()),
            name: "csat".into(),
            source: Some(FeedbackSource::Code),
            given_at: at,
            score: Some(4.0),
            label: Some("good".into()),
            comment: Some("s3cr3t".into()),
            customer: Some("c-17".into()),
            known_pii: vec!["Ada".into()],
        };
        assert!(feedback == expected);
    }

    #[test]
    fn a_line_without_an_id_has_the_same_one_each_time_and_another_has_another() {
        let id = |parsed: Result<ParsedFeedback, LineError>| parsed.unwrap().feedback.id;
        let first = id(given(|_| {}));
        assert_eq!(first, id(given(|_| {})));
        assert_eq!(first, id(with("comment", json!("other"))), "nothing is to be guessed from it");
        for (key, value) in [
            ("score", json!(5)),
            ("ticket_id", json!("4712")),
            ("name", json!("relevance")),
            ("given_at", json!("2026-11-30T10:00:01Z")),
        ] {
            assert_ne!(first, id(with(key, value)), "{key}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_field_and_never_by_value() {
        for (key, value, says) in [
            ("ticket_id", Value::Null, "feedback.ticket_id is missing"),
            ("ticket_id", json!(["s3cr3t"]), "feedback.ticket_id is not a text like"),
            ("score", json!("s3cr3t"), "feedback.score is not a number"),
            ("score", json!(9), "feedback.score is not from 1 to 5, as csat is"),
            ("source", json!("s3cr3t"), "feedback.source is not HUMAN, MODEL or CODE"),
            ("given_at", Value::Null, "feedback.given_at is missing"),
            ("given_at", json!("s3cr3t"), "feedback.given_at is not a time with its zone"),
            ("execution_id", json!("s3cr3t"), "feedback.execution_id is not a UUID"),
            ("known_pii", json!("s3cr3t"), "feedback.known_pii is not a list of texts"),
            ("id", json!(["s3cr3t"]), "feedback.id is not a text, or a whole number"),
            ("name", Value::Null, "feedback.name is missing"),
            ("comment", json!(7), "feedback.comment is not a text"),
        ] {
            let told = with(key, value).unwrap_err();
            assert!(told.to_string().starts_with(says), "{told}");
            assert!(!told.to_string().contains("s3cr3t") && !told.kind().contains("s3cr3t"));
        }
        let empty = given(|line| line.retain(|key, _| key == "ticket_id" || key == "given_at"));
        let told = empty.unwrap_err().to_string();
        assert_eq!(told, "feedback.score is missing, and so are label and comment");
        let renamed = given(|line| {
            line.retain(|key, _| key == "ticket_id" || key == "given_at");
            line.insert("rating".into(), json!("s3cr3t"));
        });
        let told = renamed.unwrap_err().to_string();
        assert_eq!(told, "feedback.score is missing; is it feedback.rating?");
        let told = parse_entry(br#"{"feedback": "s3cr3t"}"#).unwrap_err().to_string();
        assert!(told.starts_with("feedback is not an object"), "{told}");
    }

    #[test]
    fn what_is_left_out_is_told() {
        let hint = |key: &str, value| {
            let parsed = with(key, value).unwrap();
            parsed.hints.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let slip = "feedback.explanation is left out; did you mean feedback.comment?";
        assert_eq!(hint("explanation", json!("s3cr3t")), [slip]);
        let unknown = "feedback has fields that are not known: they are left out";
        assert_eq!(hint("s3cr3t", json!(1)), [unknown]);
        let long = "x".repeat(limits::COMMENT_BYTES + 1);
        let cut = hint("comment", json!(long));
        assert!(cut[0].starts_with("feedback.comment is too long"), "{cut:?}");
    }
}
