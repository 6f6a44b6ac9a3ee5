//! What each desk's bodies are read as, and how the others are refused.

use http::HeaderValue;
use serde_json::{Value, json};
use ticketlens_ticket::{CSAT, FeedbackSource};

use super::*;

fn read_with(read: Reader, body: &Value, headers: &HeaderMap) -> Result<Option<Feedback>, String> {
    match read(body.to_string().as_bytes(), headers) {
        Ok(Said::Feedback(feedback)) => Ok(Some(*feedback)),
        Ok(Said::Nothing) => Ok(None),
        Err(why) => Err(why.to_string()),
    }
}

fn read(read: Reader, body: &Value) -> Result<Option<Feedback>, String> {
    read_with(read, body, &HeaderMap::new())
}

/// Ticket, score, label, comment and seconds.
type Told = (String, Option<f64>, Option<String>, Option<String>, u64);

fn told(feedback: &Feedback) -> Told {
    let Feedback { ticket_id, score, label, comment, given_at, .. } = feedback.clone();
    (ticket_id, score, label, comment, given_at.as_unix_nanos() / 1_000_000_000)
}

#[test]
fn our_own_form_says_all_that_feedback_may_say() {
    let execution = "018f0000-0000-7000-8000-000000000001";
    let whole = json!({
        "ticket_id": 4711, "name": "relevance", "source": "MODEL", "score": "0.5", "label": "fair",
        "comment": "why", "customer": "c-1", "id": 9, "execution_id": execution,
        "given_at": "2026-11-30T10:15:00Z",
    });
    let feedback = read(own::read, &whole).unwrap().unwrap();
    let expected = (
        "4711".to_owned(),
        Some(0.5),
        Some("fair".to_owned()),
        Some("why".to_owned()),
        1_796_033_700,
    );
    assert_eq!(told(&feedback), expected);
    assert_eq!((&*feedback.name, &*feedback.id), ("relevance", "9"));
    assert_eq!(feedback.source, Some(FeedbackSource::Model));
    assert_eq!(feedback.execution_id.map(|id| id.to_string()).as_deref(), Some(execution));
    let least =
        json!({"ticket_id": "4711", "score": 4, "comment": null, "given_at": 1_796_033_700});
    let least = read(own::read, &least).unwrap().unwrap();
    assert_eq!((&*least.name, least.source), (CSAT, Some(FeedbackSource::Human)));
    assert_eq!(told(&least), ("4711".to_owned(), Some(4.0), None, None, 1_796_033_700));
    let comment = read(own::read, &json!({"ticket_id": "4711", "comment": "Thanks"}));
    assert_eq!(comment.unwrap().unwrap().name, "comment", "it hides no score");
}

#[test]
fn sent_again_it_has_the_same_id_and_corrected_another() {
    let id = |body: Value| read(own::read, &body).unwrap().unwrap().id;
    let first = id(json!({"ticket_id": "4711", "score": 4}));
    assert_eq!(first, id(json!({"ticket_id": 4711, "score": "4"})));
    for other in [
        json!({"ticket_id": "4711", "score": 5}),
        json!({"ticket_id": "4712", "score": 4}),
        json!({"ticket_id": "4711", "score": 4, "name": "other"}),
    ] {
        assert_ne!(first, id(other));
    }
    // An id is shown: what the gate removes could be tried out by it.
    assert_eq!(first, id(json!({"ticket_id": "4711", "score": 4, "comment": "My mail is a@b.co"})));
    assert_eq!(first, id(json!({"ticket_id": "4711", "score": 4, "label": "a@b.co"})));
}

#[test]
fn what_is_wrong_is_told_by_its_field_and_never_by_what_it_holds() {
    for (body, says) in [
        (json!({"score": 4}), "ticket_id: is missing; it is the ticket's number"),
        (json!({"ticket_id": " ", "score": 4}), "ticket_id: is missing"),
        (
            json!({"ticket_id": {"a": "mia@x.co"}, "score": 4}),
            "ticket_id: is not a whole number or a text of",
        ),
        (json!({"ticket_id": "1"}), "score is missing, and so are label and comment"),
        (json!({"ticket_id": "1", "score": 50}), "score is not from 1 to 5"),
        (json!({"ticket_id": "1", "score": "mia@x.co"}), "score: is not a number"),
        (json!({"ticket_id": "1", "score": "NaN"}), "score: is not a number"),
        (json!({"ticket_id": "1", "score": [4]}), "score: is not a number"),
        (json!({"ticket_id": "1", "score": 4, "comment": 5}), "comment: is not a text"),
        (json!({"ticket_id": "1", "score": 4, "source": "mia"}), "source: is not HUMAN, MODEL or"),
        (json!({"ticket_id": "1", "score": 4, "given_at": "mia"}), "given_at: is not a time such"),
        (
            json!({"ticket_id": "1", "score": 4, "given_at": 1_796_033_700_000_u64}),
            "given_at: is not",
        ),
        (
            json!({"ticket_id": "1", "score": 4, "execution_id": "mia"}),
            "execution_id: is not a UUID",
        ),
        (
            json!({"ticket_id": "1", "score": 4, "mia@x.co": 1}),
            "the body is not a JSON object with the",
        ),
        (
            json!({"ticket_id": "1", "scor": "mia@x.co"}),
            "scor: there is no such field; there are ticket_id, execution_id, name, source, score",
        ),
        (json!({"ticket_id": "1", "label": "good"}), "score is missing: csat is a number from 1"),
        (
            json!({"ticket_id": "{{mia.id}}", "score": 4}),
            "ticket_id: is a placeholder ({{…}}) that was not filled in",
        ),
        (json!({"ticket_id": "1", "score": 4, "id": "{{ mia }}"}), "id: is a placeholder"),
        (json!(["mia"]), "the body is not a JSON object with the fields ticket_id"),
    ] {
        let why = read(own::read, &body).unwrap_err();
        assert!(why.starts_with(says), "{why}");
        assert!(!why.contains("mia"), "{why}");
    }
    let why = own::read(b"{\"ticket_id\": mia}", &HeaderMap::new()).err().unwrap().to_string();
    assert_eq!(why, "the body is not JSON (line 1, column 15)");
}

#[test]
fn zendesks_event_and_a_triggers_body_are_read() {
    let event = json!({
        "type": "zen:event-type:ticket.csat_received", "id": "2b24ef10", "account_id": 12514403,
        "time": "2026-11-30T10:15:00Z", "subject": "zen:ticket:208",
        "detail": {"id": "208", "status": "SOLVED"},
        "event": {"satisfaction_score": {"score": "BAD", "comment": "Too slow"}},
    });
    let feedback = read(zendesk::read, &event).unwrap().unwrap();
    let (bad, slow) = (Some("bad".to_owned()), Some("Too slow".to_owned()));
    assert_eq!(told(&feedback), ("208".to_owned(), Some(1.0), bad, slow, 1_796_033_700));
    assert_eq!(feedback.id, "2b24ef10");
    let trigger = json!({"ticket_id": "208", "rating": "good", "comment": "Thanks"});
    let mut headers = HeaderMap::new();
    headers.insert("x-zendesk-webhook-invocation-id", HeaderValue::from_static("01HX"));
    let feedback = read_with(zendesk::read, &trigger, &headers).unwrap().unwrap();
    assert_eq!((feedback.score, &*feedback.id), (Some(5.0), "01HX"));
    for nothing in [
        json!({"type": "zen:event-type:ticket.csat_requested", "detail": {"id": "208"}}),
        json!({"ticket_id": "208", "rating": "Offered"}),
        json!({"ticket_id": "208", "rating": ""}),
    ] {
        assert_eq!(read(zendesk::read, &nothing), Ok(None));
    }
    let unfilled = json!({"ticket_id": "{{ticket.id}}", "rating": "good"});
    assert!(read(zendesk::read, &unfilled).unwrap_err().starts_with("ticket_id: is a placeholder"));
    let translated = json!({"ticket_id": "208", "rating": "Gut, ich bin zufrieden"});
    let why = read(zendesk::read, &translated).unwrap_err();
    assert!(why.starts_with("rating: is not good or bad; placeholders are translated"), "{why}");
    assert!(
        read(zendesk::read, &json!({"rating": "good"})).unwrap_err().starts_with("ticket_id: is")
    );
}

#[test]
fn freshdesks_seven_ratings_are_steps_from_5_to_1() {
    let of = |rating: i64| {
        read(freshdesk::read, &json!({"ticket_id": 432, "rating": rating}))
            .map(|f| f.unwrap().score)
    };
    let scores: Vec<_> = [103, 102, 101, 100, -101, -102, -103]
        .into_iter()
        .map(|rating| (of(rating).unwrap().unwrap() * 100.0).round())
        .collect();
    assert_eq!(scores, [500.0, 433.0, 367.0, 300.0, 233.0, 167.0, 100.0]);
    for classic in [1, 2, 3, -100, 0] {
        assert!(of(classic).unwrap_err().starts_with("rating: is not one of Freshdesk's"));
    }
    let of_api = json!({
        "id": 102, "survey_id": 1, "ticket_id": 432, "feedback": "Thank you",
        "ratings": {"default_question": 103, "question_2": -102},
        "created_at": "2026-11-30T10:15:00Z", "updated_at": "2026-11-30T10:15:00Z",
    });
    let feedback = read(freshdesk::read, &of_api).unwrap().unwrap();
    let (label, thanks) = (Some("extremely happy".to_owned()), Some("Thank you".to_owned()));
    let (ticket, score, said, comment, at) = told(&feedback);
    assert_eq!(
        (&*ticket, said, comment, at, &*feedback.id),
        ("432", label, thanks, 1_796_033_700, "102")
    );
    assert!((score.unwrap() - 5.0).abs() < 1e-9);
    assert_eq!(read(freshdesk::read, &json!({"ticket_id": 432})), Ok(None));
}

#[test]
fn intercoms_notification_is_read_and_whatever_else_it_sends_is_taken() {
    let rated = json!({
        "type": "notification_event", "topic": "conversation.rating.added", "id": "notif_78c1",
        "created_at": 1_796_033_000, "delivery_attempts": 1,
        "data": {"type": "notification_event_data", "item": {
            "type": "conversation", "id": "1295",
            "conversation_rating": {
                "rating": 5, "remark": "Very helpful!", "created_at": 1_796_033_000,
                "updated_at": 1_796_033_700, "contact": {"id": "5ba6"},
            },
        }},
    });
    let feedback = read(intercom::read, &rated).unwrap().unwrap();
    let helpful = Some("Very helpful!".to_owned());
    assert_eq!(told(&feedback), ("1295".to_owned(), Some(5.0), None, helpful, 1_796_033_700));
    assert_eq!(feedback.id, "notif_78c1");
    let notification = |topic: &str, item: Value| json!({"type": "notification_event", "topic": topic, "data": {"item": item}});
    for nothing in [
        notification("ping", json!({"type": "ping", "message": "hi"})),
        notification("conversation.user.created", json!({"id": "1295"})),
        notification(
            "conversation.rating.added",
            json!({"id": "1295", "conversation_rating": null}),
        ),
    ] {
        assert_eq!(read(intercom::read, &nothing), Ok(None));
    }
    let beyond = json!({"id": "1295", "conversation_rating": {"rating": 50}});
    let beyond = notification("conversation.rating.added", beyond);
    assert!(read(intercom::read, &beyond).unwrap_err().contains("is not a number from 1 to 5"));
    assert!(read(intercom::read, &json!({"ticket_id": "1"})).is_err());
}

#[test]
fn a_key_is_found_where_desks_can_put_it() {
    let basic = |text: &str| format!("Basic {}", data_encoding::BASE64.encode(text.as_bytes()));
    let key = |address: &str, header: Option<String>| {
        let mut request = Request::builder().uri(address);
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        key::move_to_headers(&mut head);
        let key = head.headers.get("x-api-key").map(|key| key.to_str().unwrap().to_owned());
        (key, head.headers.contains_key("authorization"))
    };
    let moved = (Some("tl_acme_1".to_owned()), false);
    assert_eq!(key("/v1/feedback?key=tl_acme_1", None), moved);
    assert_eq!(key("/v1/feedback", Some(basic("tl_acme_1:X"))), moved);
    assert_eq!(key("/v1/feedback", Some(basic("tl_acme_1"))), moved);
    assert_eq!(key("/v1/feedback", Some(basic("zendesk:tl_acme_1"))), moved);
    assert_eq!(key("/v1/feedback?key=other", Some("Bearer tl_acme_1".to_owned())), (None, true));
    for odd in ["Basic ???", "Basic", "", "Basic /////w=="] {
        assert_eq!(key("/v1/feedback", Some(odd.to_owned())).0, None);
    }
    assert_eq!(key("/v1/feedback?keys=1&%ff", None).0, None);
}
