//! Entries of an object that speak about each other: names and values given apart, and what only
//! looks like them. The same in a tree, in a text, in a text escaped once more, and as Python prints
//! it.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use ticketlens_redact::{Gate, GateConfig, HashKey, Known};

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

fn tree(value: &Value) -> Value {
    let mut value = value.clone();
    gate().pass(None).value(&mut value).unwrap();
    value
}

fn text(text: &str) -> String {
    gate().pass(None).text(text).into_owned()
}

fn hash(text: &str) -> String {
    gate().pass(None).hash(text)
}

/// Whether a value is cleaned to that wherever it stands.
fn check(before: &Value, after: &Value) {
    assert_eq!(tree(before), *after, "a tree");
    let [from, to] = [before, after].map(Value::to_string);
    assert_eq!(text(&from), to, "a text");
    let pretty = |value| serde_json::to_string_pretty(value).unwrap();
    assert_eq!(text(&pretty(before)), pretty(after), "a text in lines");
    let escaped =
        |text: &str| format!("sent {} then", text.replace('\\', "\\\\").replace('"', "\\\""));
    assert_eq!(text(&escaped(&from)), escaped(&to), "a text escaped once more");
    let inside = |text: &str| json!({ "output": text }).to_string();
    assert_eq!(text(&inside(&from)), inside(&to), "a text in a text");
    let python = |text: &str| format!("got {}", text.replace('"', "'").replace("':", "': "));
    // What was no string is quoted as JSON quotes.
    let printed = text(&python(&from)).replace('"', "'");
    assert_eq!(printed, python(&to), "as Python prints it");
}

fn stays(value: Value) {
    check(&value, &value);
}

#[test]
fn a_value_is_told_by_the_name_beside_it() {
    let secret = "[secret]";
    for (name, value) in [
        ("name", "value"),
        ("Name", "Value"),
        ("key", "value"),
        ("k", "v"),
        ("field", "val"),
        ("label", "answer"),
        ("attribute", "content"),
        ("header", "value"),
        ("ParameterKey", "ParameterValue"),
        ("variable", "value"),
        ("column", "new_value"),
        ("title", "value"),
        ("type", "value"),
        ("property", "old"),
    ] {
        for key in ["DB_PASSWORD", "token", "Authorization", "card number", "x-api-key"] {
            check(
                &json!({ name: key, value: "Custom 9f8e" }),
                &json!({ name: key, value: secret }),
            );
            check(
                &json!({ "n": [1], value: "hunTer2pw", "m": {"o": 2}, name: key }),
                &json!({ "n": [1], value: secret, "m": {"o": 2}, name: key }),
            );
        }
        for key in ["email", "customer_name", "Date of birth", "userId"] {
            check(
                &json!({ name: key, value: "Mia Li" }),
                &json!({ name: key, value: hash("Mia Li") }),
            );
        }
        stays(json!({ name: "LOG_LEVEL", value: "debug" }));
        stays(json!({ name: "page_token", value: "abc123" }));
    }
}

#[test]
fn a_value_may_be_more_than_a_text() {
    check(&json!([{"name": "pin", "value": 4711}]), &json!([{"name": "pin", "value": "[secret]"}]));
    check(
        &json!([{"key": "password", "value": {"stringValue": "x"}}, {"key": "n", "value": {"intValue": 4}}]),
        &json!([{"key": "password", "value": "[secret]"}, {"key": "n", "value": {"intValue": 4}}]),
    );
    check(
        &json!([{"key": "customer_id", "value": {"stringValue": "c-42"}}]),
        &json!([{"key": "customer_id", "value": {"stringValue": hash("c-42")}}]),
    );
    check(
        &json!([{"name": "emails", "values": ["a b", "c d"]}]),
        &json!([{"name": "emails", "values": [hash("a b"), hash("c d")]}]),
    );
    stays(json!({"name": "password", "value": null}));
    stays(json!({"name": "email", "value": ""}));
}

#[test]
fn what_changed_is_told_by_its_field() {
    check(
        &json!({"field": "email", "from": "a b", "to": "c d"}),
        &json!({"field": "email", "from": hash("a b"), "to": hash("c d")}),
    );
    stays(json!({"field": "status", "from": "open", "to": "closed"}));
    stays(json!({"name": "reset_password", "from": "open", "to": "closed"}));
}

#[test]
fn headers_and_pairs_are_told_in_lists() {
    check(
        &json!({"rawHeaders": ["Host", "x.com", "Authorization", "Custom 9f8e", "Cookie", "a=b"]}),
        &json!({"rawHeaders": ["Host", "x.com", "Authorization", "[secret]", "Cookie", "[secret]"]}),
    );
    check(
        &json!([
            ["cookie", "ab"],
            [":authority", "x.com"],
            ["password", "hunter"],
            ["email", "Mia Li"]
        ]),
        &json!([
            ["cookie", "[secret]"],
            [":authority", "x.com"],
            ["password", "[secret]"],
            ["email", hash("Mia Li")]
        ]),
    );
    let tuples = "[('password', 'hunter2'), ('page', '2')]";
    assert_eq!(text(tuples), "[('password', '[secret]'), ('page', '2')]");
    stays(json!({"allow": ["Authorization", "Content-Type", "Cookie", "Accept"]}));
    stays(json!({"required": ["email", "password"]}));
    stays(json!([["email", "count"], ["password", "token"]]));
    stays(json!({"enum": ["password", "client_secret"]}));
}

#[test]
fn an_option_of_a_form_names_itself() {
    stays(
        json!([{"label": "Phone", "value": "phone"}, {"label": "Credit card", "value": "credit_card"}]),
    );
}

#[test]
fn what_a_value_must_be_is_no_value() {
    stays(json!({"type": "object", "required": ["name", "password"], "properties": {
        "name": {"type": "string", "description": "The customer's name"},
        "password": {"type": "string", "minLength": 8},
        "email": {"type": ["string", "null"], "format": "email"},
        "address": {"type": "object", "properties": {"city": {"type": "string"}}},
        "phone": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    }}));
    let value = json!({"password": {"type": "string", "default": "hunter2"}});
    check(&value, &json!({"password": "[secret]"}));
    let value = json!({"password": {"type": "bcrypt", "format": "hunter2"}});
    check(&value, &json!({"password": "[secret]"}));
    let value = json!({"name": {"type": "legal", "title": "Mia Li"}});
    check(&value, &json!({"name": {"type": hash("legal"), "title": hash("Mia Li")}}));
}

#[test]
fn cut_off_at_either_end_it_is_told() {
    let cut = r#"x"},{"name":"API_TOKEN","value":"abc"},{"name":"page","value":"3"},{"name":"pwd","value":"hun"#;
    let clean = r#"x"},{"name":"API_TOKEN","value":"[secret]"},{"name":"page","value":"3"},{"name":"pwd","value":"[secret]"#;
    assert_eq!(text(cut), clean);
}

#[test]
fn a_value_is_told_by_the_line_beside_it() {
    let hashed = hash("Mia Li");
    for (before, after) in [
        (
            "env:\n  - name: LOG_LEVEL\n    value: debug\n  - name: DB_PASSWORD\n    value: \"hun ter\"\n",
            "env:\n  - name: LOG_LEVEL\n    value: debug\n  - name: DB_PASSWORD\n    value: \"[secret]\"\n",
        ),
        ("- value: xyz1\r\n  name: SECRET_KEY\r\n", "- value: [secret]\r\n  name: SECRET_KEY\r\n"),
        (
            "- key: email\n  value: Mia Li\n  n: 3",
            &format!("- key: email\n  value: {hashed}\n  n: 3"),
        ),
        (
            "setting {\n  name  = \"master_password\"\n  value = \"foobar\"\n}",
            "setting {\n  name  = \"master_password\"\n  value = \"[secret]\"\n}",
        ),
        ("Name: Authorization\nValue: Custom abc\n", "Name: Authorization\nValue: [secret]\n"),
    ] {
        assert_eq!(text(before), after);
        assert_eq!(text(after), after);
        let inside = |text: &str| json!({ "output": text }).to_string();
        assert_eq!(text(&inside(before)), inside(after));
    }
    for same in [
        "- name: TOKEN\n  value: ${TOKEN}\n",
        "- name: TOKEN\n  valueFrom:\n    secretKeyRef:\n      key: password\n",
        "- name: TOKEN\n- name: page\n  value: 3\n",
        "- name: TOKEN\nother:\n  value: 3\n",
        "My name: password\nvalue: three\n",
        "properties:\n  name: password\n  type: string\n",
    ] {
        assert_eq!(text(same), same);
    }
}

#[test]
fn what_is_kept_is_looked_at_as_any_text() {
    let known = Known::new(&["Mia Li".to_owned()]).unwrap();
    for (before, after) in [
        (
            r#"{"names": ["Premium Plan of Mia Li"]}"#,
            r#"{"names": ["Premium Plan of [known-value]"]}"#,
        ),
        (r#"{"name": "Bottle 4111 1111 1111 1111"}"#, r#"{"name": "Bottle [card]"}"#),
        (r#"{"name": {"en": "Bottle, m@x.co"}}"#, r#"{"name": {"en": "Bottle, [email]"}}"#),
        (
            r#"{"name": "Mug of Mia Li", "price": 4}"#,
            r#"{"name": "Mug of [known-value]", "price": 4}"#,
        ),
        ("<name>Bottle of Mia Li</name>", "<name>Bottle of [known-value]</name>"),
        ("\"name\":[ Mia Li ", "\"name\":[ [known-value] "),
    ] {
        assert_eq!(gate().pass(Some(&known)).text(before), after);
        if let Ok(mut value) = serde_json::from_str::<Value>(before) {
            gate().pass(Some(&known)).value(&mut value).unwrap();
            assert_eq!(value, serde_json::from_str::<Value>(after).unwrap());
        }
    }
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "name",
        "names",
        "key",
        "value",
        "field",
        "label",
        "from",
        "to",
        "type",
        "kind",
        "role",
        "price",
        "sku",
        "email",
        "phone",
        "first_name",
        "quantity",
        "description",
        "arguments",
        "customer",
        "passengers",
        "tools",
        "function",
        "items",
        "products",
        "properties",
        "content",
        "title",
        "password",
        "k",
        "v",
        "string",
        "object",
        "user",
        "city",
    ])
    .prop_map(str::to_owned)
}

fn said() -> impl Strategy<Value = String> {
    prop_oneof![
        word(),
        prop::sample::select(vec![
            "Mia Li",
            "mia",
            "Bookshelf",
            "Hiking Boots",
            "get_user",
            "bash",
            "DB_PASSWORD",
            "token",
            "Authorization",
            "Cookie",
            "a=b 1",
            "mia@x.com",
            "4111 1111 1111 1111",
            "page",
            "[secret]",
            "[email]",
            "hmac:0123456789abcdef",
            "",
            "Rosa Parks Museum",
            "Mia [known-value]",
        ])
        .prop_map(str::to_owned),
    ]
}

fn objects() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        said().prop_map(Value::from),
        Just(Value::Null),
        (0..99).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => prop::collection::vec((word(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    /// Also where what spoke has gone meanwhile.
    #[test]
    fn the_second_gate_leaves_what_the_first_left(value in objects(), known in prop::collection::vec(said(), 0..3)) {
        let known = Known::new(&known).unwrap();
        let mut once = value.clone();
        gate().pass(Some(&known)).value(&mut once).unwrap();
        let other = Gate::new(GateConfig::default()).unwrap();
        let mut twice = once.clone();
        other.pass(None).value(&mut twice).unwrap();
        prop_assert_eq!(&twice, &once, "{} with {:?}", value, known);
        let text = once.to_string();
        let cleaned = other.pass(None).text(&text).into_owned();
        prop_assert_eq!(cleaned, text, "{}", value);
    }

    #[test]
    fn a_text_is_cleaned_once(value in objects()) {
        let once = text(&value.to_string());
        let other = Gate::new(GateConfig::default()).unwrap();
        let twice = other.pass(None).text(&once).into_owned();
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn cut_anywhere_it_does_not_panic(value in objects(), at in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let whole = value.to_string();
        let cut = whole.get(at.index(whole.len())..).unwrap_or_default();
        let cut = cut.get(..to.index(cut.len().max(1))).unwrap_or_default();
        let once = text(cut);
        prop_assert_eq!(text(&once), once);
    }
}

/// What is cleaned only to see what kind of thing it is, is not paid for: it is short.
#[test]
fn what_is_long_tells_no_kind_and_no_thing() {
    let gate = gate();
    let kept = |value: &Value| {
        let mut value = value.clone();
        gate.pass(None).value(&mut value).unwrap();
        value["name"] == "Jane Quill"
    };
    assert!(kept(&json!({"name": "Jane Quill", "type": "product", "base_price": 1})));
    assert!(kept(&json!({"name": "Jane Quill", "base_price": 1})));
    assert!(kept(&json!({"name": "Jane Quill", "type": "product"})));
    let long = "x ".repeat(64);
    assert!(!kept(&json!({"name": "Jane Quill", "type": format!("{long}product")})));
    assert!(!kept(&json!({"name": "Jane Quill", format!("{long}_price"): 1})));
    // Whom it may be is told by any.
    assert!(!kept(
        &json!({"name": "Jane Quill", "type": format!("{long}customer"), "base_price": 1})
    ));
}
