use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

/// The value as a tree, with nothing of what JSON lacks.
fn tree<'a>(reader: &mut Reader<'a>, token: Token<'a>) -> Result<Value, Broken> {
    Ok(match token {
        Token::Null => Value::Null,
        Token::Bool(truth) => truth.into(),
        Token::Number(number) => number.as_str().parse::<serde_json::Number>().unwrap().into(),
        Token::Text(text) => text.to_str().into_owned().into(),
        Token::List => {
            let mut items = Vec::new();
            loop {
                match reader.token()? {
                    Token::ListEnd => break items.into(),
                    token => items.push(tree(reader, token)?),
                }
            }
        }
        Token::Map => {
            let mut map = Map::new();
            loop {
                match reader.token()? {
                    Token::MapEnd => break map.into(),
                    Token::Key(key) => {
                        let token = reader.token()?;
                        map.insert(key.to_str().into_owned(), tree(reader, token)?);
                    }
                    token => panic!("{token:?} for a key"),
                }
            }
        }
        token => panic!("{token:?} for a value"),
    })
}

fn read(text: &[u8]) -> Result<Value, Broken> {
    let mut reader = Reader::new(text);
    let token = reader.token()?;
    let value = tree(&mut reader, token)?;
    assert_eq!(reader.read()?, None);
    Ok(value)
}

/// Every token, or where it breaks.
fn tokens(text: &[u8]) -> Result<usize, Broken> {
    let mut reader = Reader::new(text);
    let mut count = 0;
    while reader.read()?.is_some() {
        count += 1;
    }
    if count == 0 { Err(Broken { at: text.len(), expected: "a value" }) } else { Ok(count) }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,5}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_json_writes_is_read_as_it_was(value in any_json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        prop_assert_eq!(read(text.unwrap().as_bytes()), Ok(value));
    }

    /// Whatever serde_json takes is taken, and means the same.
    #[test]
    fn on_strict_json_it_agrees_with_serde_json(
        text in r#"([\[\]{},: \n]|"[a\\"nu0\x00-\x20]{0,4}"|[-0-9.eE]{1,4}|null|true|false|"a":){0,12}"#
    ) {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            prop_assert_eq!(read(text.as_bytes()), Ok(value));
        } else if let Ok(value) = read(text.as_bytes()) {
            // Taken though it is not strict: for a control character in a text, nothing else here.
            prop_assert!(text.bytes().any(|byte| byte < 0x20 && byte != b'\n') || text.contains('\n'), "{}", value);
        }
    }

    #[test]
    fn any_bytes_are_read_or_break_within_them(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Err(Broken { at, .. }) = tokens(&bytes) {
            prop_assert!(at <= bytes.len());
        }
    }
}

#[test]
fn what_is_nearly_json_is_read() {
    for text in [
        "NaN",
        "[NaN, Infinity, -Infinity]",
        r#"{"a": NaN}"#,
        "[1e999, -1e999, 1e-999]",
        r#""cut \ud83d""#,
        r#"{"\udc00": "\ud83d"}"#,
        "\"two\nlines\"",
        "\u{feff}{}",
        " {} \n",
    ] {
        assert!(tokens(text.as_bytes()).is_ok(), "{text}");
    }
    assert!(tokens(b"\"caf\xe9\"").is_ok());
}

#[test]
fn what_is_no_json_ends_with_its_place_and_what_was_expected() {
    for (text, at, expected) in [
        ("", 0, "a value"),
        ("  ", 2, "a value"),
        ("[", 1, "a value"),
        ("[1", 2, "a comma or ]"),
        ("[1 2]", 3, "a comma or ]"),
        ("[1,]", 3, "a value"),
        ("[1}", 2, "a comma or ]"),
        ("{", 1, "a key in quotes or }"),
        ("{a: 1}", 1, "a key in quotes or }"),
        (r#"{"a""#, 4, "a colon"),
        (r#"{"a" 1}"#, 5, "a colon"),
        (r#"{"a":}"#, 5, "a value"),
        (r#"{"a":1]"#, 6, "a comma or }"),
        (r#"{"a":1,}"#, 7, "a key in quotes"),
        ("{'a': 1}", 1, "a key in quotes or }"),
        ("{} {}", 3, "nothing more"),
        (r#""abc"#, 4, "the text's end"),
        (r#""a\x""#, 2, "an escape of JSON's"),
        (r#""a\u12g4""#, 2, "an escape of JSON's"),
        (r#""a\"#, 2, "an escape of JSON's"),
        ("01", 0, "a value"),
        ("-", 1, "a digit"),
        ("1.", 2, "a digit"),
        ("1e", 2, "a digit"),
        ("+1", 0, "a value"),
        ("None", 0, "a value"),
        ("True", 0, "a value"),
        ("nulla", 4, "the value's end"),
        ("NaNs", 3, "the value's end"),
        ("-NaN", 1, "a digit"),
        ("\u{a0}{}", 0, "a value"),
    ] {
        assert_eq!(tokens(text.as_bytes()), Err(Broken { at, expected }), "{text}");
    }
}

#[test]
fn any_depth_is_passed_over_and_every_bracket_counts() {
    let levels = 100_000;
    let mut text = "[{\"a\":".repeat(levels);
    text.push_str("null");
    text.push_str(&"}]".repeat(levels));
    assert_eq!(tokens(text.as_bytes()), Ok(levels * 5 + 1));
    let mut reader = Reader::new(text.as_bytes());
    let first = reader.token().unwrap();
    reader.skip(first).unwrap();
    assert_eq!(reader.read(), Ok(None));

    text.truncate(text.len() - 1);
    assert!(tokens(text.as_bytes()).is_err());
}

#[test]
fn a_value_is_skipped_and_the_next_is_read() {
    let mut reader = Reader::new(br#"{"a": {"b": [1, {"c": "]}"}]}, "d": 7}"#);
    assert_eq!(reader.token(), Ok(Token::Map));
    assert!(matches!(reader.token(), Ok(Token::Key(key)) if key.is("a")));
    let value = reader.token().unwrap();
    reader.skip(value).unwrap();
    assert!(matches!(reader.token(), Ok(Token::Key(key)) if key.is("d")));
    assert_eq!(reader.offset(), 31);
    let value = reader.token().unwrap();
    reader.skip(value).unwrap();
    assert_eq!(reader.token(), Ok(Token::MapEnd));
    assert_eq!(json!(null), read(b"null").unwrap());
}
