//! What was said of a ticket, on the ticket's own line: a list, as `ticketlens tickets export` writes it.
//! Each of it has the fields of a line of feedback, but for the ticket's number, which is the line's.

use serde_json::{Map, Value};

use super::{
    LineError, ParsedFeedback,
    feedback::{FEEDBACK, read_as},
    wrong,
};

/// What tells feedback from an attribute that is called so: all feedback has it.
const GIVEN_AT: &str = "given_at";

/// Takes the list out of a ticket's line. What has this name and is none stays: an attribute.
pub(super) fn take(line: &mut Map<String, Value>) -> Vec<Value> {
    let is_given = |one: &Value| one.get(GIVEN_AT).is_some();
    let list = line.get(FEEDBACK).and_then(Value::as_array);
    if !list.is_some_and(|list| list.iter().any(is_given)) {
        return Vec::new();
    }
    match line.swap_remove(FEEDBACK) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

/// Reads the list.
pub(super) fn read(list: Vec<Value>, ticket_id: &str) -> Result<Vec<ParsedFeedback>, LineError> {
    let read = list.into_iter().enumerate().map(|(place, one)| {
        let wrong = |why| LineError::Said { place, why: Box::new(why) };
        read_one(one, ticket_id).map_err(wrong)
    });
    read.collect()
}

fn read_one(one: Value, ticket_id: &str) -> Result<ParsedFeedback, LineError> {
    let Value::Object(mut given) = one else {
        return Err(wrong(FEEDBACK, "an object with name, score and given_at"));
    };
    given.insert("ticket_id".to_owned(), ticket_id.into());
    // An export leaves out who gave it where nobody said.
    read_as(given, None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        FeedbackSource,
        line::{Entry, LineError, Parsed, ParsedFeedback, parse_entry},
    };

    fn entry(feedback: &serde_json::Value) -> Result<(Parsed, Vec<ParsedFeedback>), LineError> {
        let line = json!({
            "ticket_id": "4711", "executed_at": "2026-11-09T08:13:51Z",
            "execution_time_seconds": 1, "status": "SUCCESS", "feedback": feedback,
        });
        match parse_entry(line.to_string().as_bytes())? {
            Entry::Ticket(parsed, said) => Ok((*parsed, said)),
            Entry::Feedback(_) => panic!("feedback"),
        }
    }

    #[test]
    fn each_of_an_exported_list_is_feedback_on_the_lines_ticket() {
        let execution = "01890a5d-ac96-774b-bcce-b302099a8057";
        let (parsed, said) = entry(&json!([
            { "execution_id": execution, "name": "csat", "score": 4.0, "label": "good",
              "comment": "it helped", "source": "HUMAN", "given_at": "2026-11-30T10:00:00.5Z",
              "customer": "hmac:17", "id": "s-1" },
            { "name": "tone", "score": 0.1, "given_at": "2026-11-30T10:00:00Z", "id": "s-2" },
        ]))
        .unwrap();
        assert_eq!(parsed.ticket.attributes, []);
        let [csat, tone] = &said[..] else { panic!("{}", said.len()) };
        assert_eq!((&*csat.hints, &*tone.hints), (&[][..], &[][..]));
        let (csat, tone) = (&csat.feedback, &tone.feedback);
        assert_eq!((&*csat.ticket_id, &*csat.id, &*csat.name), ("4711", "s-1", "csat"));
        assert_eq!((csat.score, csat.label.as_deref()), (Some(4.0), Some("good")));
        assert_eq!(csat.comment.as_deref(), Some("it helped"));
        assert_eq!(csat.execution_id.map(|id| id.to_string()).as_deref(), Some(execution));
        assert_eq!(csat.customer.as_deref(), Some("hmac:17"));
        assert_eq!(csat.given_at.as_unix_nanos(), 1_796_032_800_500_000_000);
        assert_eq!(csat.source, Some(FeedbackSource::Human));
        assert_eq!((&*tone.ticket_id, &*tone.id, tone.source), ("4711", "s-2", None));
    }

    #[test]
    fn what_is_wrong_is_told_by_place_and_counted_without() {
        let good = json!({ "name": "csat", "score": 4, "given_at": "2026-11-30T10:00:00Z" });
        let wrong = |one: serde_json::Value| entry(&json!([good, one])).unwrap_err();
        let told = wrong(json!({ "name": "csat", "score": "s3cr3t", "given_at": "now" }));
        assert_eq!(
            told.to_string(),
            "feedback[1]: feedback.given_at is not a time with its zone, like 2026-11-09T08:13:51Z"
        );
        assert!(told.kind().starts_with("feedback.given_at is not a time"), "{}", told.kind());
        let told = wrong(json!({ "name": "csat", "score": 4 })).to_string();
        assert_eq!(told, "feedback[1]: feedback.given_at is missing");
        let told = wrong(json!("s3cr3t")).to_string();
        assert_eq!(told, "feedback[1]: feedback is not an object with name, score and given_at");
    }

    #[test]
    fn a_ticket_log_may_have_an_attribute_of_that_name() {
        for value in [json!({ "stars": 3 }), json!([{ "stars": 3 }, "good"]), json!([])] {
            let (parsed, said) = entry(&value).unwrap();
            assert_eq!(parsed.ticket.attributes, [("feedback".to_owned(), value)]);
            assert!(said.is_empty());
        }
    }
}
