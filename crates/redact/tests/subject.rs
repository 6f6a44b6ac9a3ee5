//! A subject line, hashed or redacted in place; and the former names of detectors.
#![expect(clippy::unwrap_used)]

use serde_json::{Value, json};
use ticketlens_redact::{
    FORMER_DETECTORS, Gate, GateConfig, HashKey, KeyClass, Known, Subject, detectors,
};

fn config(subject: Subject) -> GateConfig {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    GateConfig { hash_key, subject, ..GateConfig::default() }
}

fn gate(subject: Subject) -> Gate {
    Gate::new(config(subject)).unwrap()
}

fn cleaned(gate: &Gate, value: &Value) -> Value {
    let mut value = value.clone();
    gate.pass(None).value(&mut value).unwrap();
    value
}

/// How the key is written.
const KEYS: [&str; 5] = ["subject", "Subject", "SUBJECT", "subject1", "_subject"];

#[test]
fn a_subject_is_hashed_unless_it_is_to_stay_in_place() {
    let (hashing, in_place) = (gate(Subject::Hash), gate(Subject::InPlace));
    let default = Gate::new(GateConfig::default()).unwrap();
    for key in KEYS {
        assert_eq!(default.classify(key), KeyClass::Personal, "{key}");
        assert_eq!(in_place.classify(key), KeyClass::Plain, "{key}");
        let ticket = json!({ key: "Refund of order 88, mia@example.com" });
        let hash = cleaned(&hashing, &ticket);
        assert!(hash[key].as_str().unwrap().starts_with("hmac:"), "{hash}");
        assert_eq!(cleaned(&in_place, &ticket), json!({ key: "Refund of order 88, [email]" }));
    }
    // In texts, where it is read as a key too.
    for (before, after) in [
        (
            r#"sent {"subject": "Refund", "to": "mia@example.com"}"#,
            r#"sent {"subject": "Refund", "to": "[email]"}"#,
        ),
        ("/mail?subject=Refund&to=mia%40example.com", "/mail?subject=Refund&to=[email]"),
        ("<subject>Refund</subject>", "<subject>Refund</subject>"),
        (r#"{\"subject\": \"Refund\"}"#, r#"{\"subject\": \"Refund\"}"#),
    ] {
        assert_eq!(in_place.pass(None).text(before), after);
        assert!(hashing.pass(None).text(before).contains("hmac:"), "{before}");
    }
}

#[test]
fn what_is_known_and_what_has_a_form_is_taken_out_of_a_subject_in_place() {
    let known = Known::new(&["Mia Li".to_owned()]).unwrap();
    let gate = gate(Subject::InPlace);
    let mut ticket = json!({"subject": "Mia Li: card 4111 1111 1111 1111, password: hunter2"});
    gate.pass(Some(&known)).value(&mut ticket).unwrap();
    assert_eq!(ticket, json!({"subject": "[known-value]: card [card], password: [secret]"}));
    // Below a subject, and above one.
    let nested = json!({"subject": {"text": "Refund", "email": "x", "pin": 7}});
    let cleaned = cleaned(&gate, &nested);
    assert_eq!(cleaned["subject"]["text"], "Refund");
    assert_eq!(cleaned["subject"]["pin"], "[secret]");
    assert!(cleaned["subject"]["email"].as_str().unwrap().starts_with("hmac:"));
    let customers = self::cleaned(&gate, &json!({"customer": {"subject": "Refund"}}));
    assert!(customers["customer"]["subject"].as_str().unwrap().starts_with("hmac:"));
}

#[test]
fn a_list_that_names_the_subject_wins_and_a_denied_key_wins_over_all() {
    let own = |change: fn(&mut GateConfig)| {
        let mut config = config(Subject::InPlace);
        change(&mut config);
        Gate::new(config).unwrap().classify("subject")
    };
    let subject = || vec!["Subject".to_owned()];
    assert_eq!(own(|_| {}), KeyClass::Plain);
    assert_eq!(own(|config| config.secret_keys = vec!["Subject".to_owned()]), KeyClass::Secret);
    assert_eq!(own(|config| config.personal_keys = vec!["subject".to_owned()]), KeyClass::Personal);
    let denied = |config: &mut GateConfig| config.denied_keys = vec!["subject".to_owned()];
    assert_eq!(own(denied), KeyClass::Secret);
    let both =
        GateConfig { denied_keys: subject(), exempt_keys: subject(), ..config(Subject::InPlace) };
    assert_eq!(Gate::new(both).unwrap().classify("subject"), KeyClass::Secret);
}

#[test]
fn a_second_gate_leaves_what_the_first_made_and_the_stricter_wins() {
    let (hashing, in_place) = (gate(Subject::Hash), gate(Subject::InPlace));
    let ticket = json!({"subject": "Refund of order 88"});
    for (first, second, is_readable) in [
        (&hashing, &hashing, false),
        (&hashing, &in_place, false),
        (&in_place, &hashing, false),
        (&in_place, &in_place, true),
    ] {
        let stored = cleaned(second, &cleaned(first, &ticket));
        let text = stored["subject"].as_str().unwrap();
        assert_eq!(text == "Refund of order 88", is_readable, "{text}");
        assert_eq!(text.starts_with("hmac:"), !is_readable, "{text}");
        assert_eq!(cleaned(first, &stored), cleaned(first, &cleaned(first, &stored)));
    }
}

#[test]
fn the_marks_of_former_names_stay() {
    let known = Known::new(&["Pii".to_owned(), "Personal".to_owned(), "Value".to_owned()]).unwrap();
    for (former, now) in FORMER_DETECTORS {
        assert!(detectors().any(|name| name == now) && !detectors().any(|name| name == former));
        for mark in [format!("[{former}]"), format!("[{now}]")] {
            let ticket = json!({
                "email": mark, "user": format!("{mark}#2"), (mark.as_str()): "kept",
                "text": format!("my name is {mark}, password: {mark}. Call {mark}!"),
                "json": format!("{{\"email\": \"{mark}\"}}"), "query": format!("?email={mark}&x=1"),
            });
            let gate = gate(Subject::Hash);
            let mut twice = ticket.clone();
            gate.pass(Some(&known)).value(&mut twice).unwrap();
            assert_eq!(twice, ticket, "{mark}");
        }
    }
}
