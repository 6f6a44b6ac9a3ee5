//! A body that is JSON text, as the bytes of the `AnyValue` that the same body is as a map: what
//! follows is one reader for both.
//!
//! The bytes grow with the text and no faster than `GROWTH` says. Nothing is quoted on failure.

use super::{Broken, Number, Reader, Text, Token};
use crate::wire::Writer;

/// Most bytes that a byte of text becomes: `-1,` is an item of thirteen. A list of digits doubles,
/// texts stay what they are.
#[cfg(test)]
const GROWTH: f64 = 13.0 / 3.0;

/// What became of a text.
#[derive(Debug)]
pub(crate) struct Transcript {
    /// The bytes of an `AnyValue` that holds a map.
    pub(crate) wire: Vec<u8>,
    pub(crate) mended: Mended,
}

/// What a text holds that JSON does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mended {
    /// Numbers that are no finite doubles: null now.
    pub(crate) numbers: u64,
    /// Texts with half a character in them, or with bytes that are no UTF-8.
    pub(crate) texts: u64,
}

/// Why a text is no map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoMap {
    /// It is no JSON from there on.
    Broken(Broken),
    /// It is another value of JSON.
    Other,
    /// It is larger as a map than there is room for.
    TooLarge,
}

impl From<Broken> for NoMap {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Reads `text` as one JSON object. Lists and maps that are nested in `depth` others are left empty:
/// who reads the bytes puts a mark for them. `grown` is told of the size as it grows, and may end it.
pub(crate) fn of_text(
    text: &[u8],
    depth: usize,
    grown: &mut dyn FnMut(usize) -> Result<(), NoMap>,
) -> Result<Transcript, NoMap> {
    let mut tokens = Reader::new(text);
    let first = tokens.token()?;
    if first != Token::Map {
        tokens.skip(first)?;
        tokens.next()?;
        return Err(NoMap::Other);
    }
    let mut transcriber = Transcriber {
        tokens,
        wire: Vec::with_capacity(text.len()),
        mended: Mended::default(),
        depth,
        grown,
    };
    transcriber.value(first, 0)?;
    transcriber.tokens.next()?;
    Ok(Transcript { wire: transcriber.wire, mended: transcriber.mended })
}

struct Transcriber<'a, 'g> {
    tokens: Reader<'a>,
    wire: Vec<u8>,
    mended: Mended,
    depth: usize,
    grown: &'g mut dyn FnMut(usize) -> Result<(), NoMap>,
}

impl<'a> Transcriber<'a, '_> {
    /// Writes the inside of an `AnyValue`.
    fn value(&mut self, token: Token<'a>, depth: usize) -> Result<(), NoMap> {
        match token {
            Token::Bool(truth) => self.writer().varint_field(2, u64::from(truth)),
            Token::Number(number) => self.number(number),
            Token::Text(text) => self.text(1, text),
            Token::List | Token::Map if depth >= self.depth => {
                self.tokens.skip(token)?;
                self.writer().bytes_field(if token == Token::List { 5 } else { 6 }, &[]);
            }
            Token::List => self.list(depth)?,
            Token::Map => self.map(depth)?,
            // Null is an `AnyValue` without a value.
            _ => {}
        }
        (self.grown)(self.wire.len())
    }

    fn list(&mut self, depth: usize) -> Result<(), NoMap> {
        let list = self.writer().open(5);
        loop {
            match self.tokens.token()? {
                Token::ListEnd => break,
                token => {
                    let item = self.writer().open(1);
                    self.value(token, depth + 1)?;
                    self.writer().close(item);
                }
            }
        }
        self.writer().close(list);
        Ok(())
    }

    fn map(&mut self, depth: usize) -> Result<(), NoMap> {
        let map = self.writer().open(6);
        while let Token::Key(key) = self.tokens.token()? {
            let pair = self.writer().open(1);
            self.text(1, key);
            let value = self.writer().open(2);
            let token = self.tokens.token()?;
            self.value(token, depth + 1)?;
            self.writer().close(value);
            self.writer().close(pair);
        }
        self.writer().close(map);
        Ok(())
    }

    fn text(&mut self, field: u32, text: Text<'a>) {
        let start = self.writer().open(field);
        let is_mended = text.pieces(|piece| self.wire.extend_from_slice(piece.as_bytes()));
        self.writer().close(start);
        self.mended.texts += u64::from(is_mended);
    }

    /// Integers beyond 64 bits travel as their decimal text, as from our client.
    #[expect(clippy::cast_sign_loss, reason = "int64 travels as its two's complement")]
    fn number(&mut self, number: Number<'a>) {
        let written = number.as_str();
        match written.parse::<i64>() {
            Ok(n) => self.writer().varint_field(3, n as u64),
            Err(_) if number.is_integer() => self.writer().bytes_field(1, written.as_bytes()),
            Err(_) => match number.as_f64() {
                x if x.is_finite() => self.writer().fixed64_field(4, x.to_bits()),
                _ => self.mended.numbers += 1,
            },
        }
    }

    fn writer(&mut self) -> Writer<'_> {
        Writer(&mut self.wire)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value as Kind};
    use prost::Message;
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    fn transcript(text: &[u8]) -> Result<Transcript, NoMap> {
        of_text(text, 64, &mut |_| Ok(()))
    }

    fn tree(any: AnyValue) -> Value {
        match any.value {
            None => Value::Null,
            Some(Kind::StringValue(text)) => text.into(),
            Some(Kind::BoolValue(truth)) => truth.into(),
            Some(Kind::IntValue(n)) => n.into(),
            Some(Kind::DoubleValue(x)) => x.into(),
            Some(Kind::ArrayValue(list)) => list.values.into_iter().map(tree).collect(),
            Some(Kind::KvlistValue(map)) => {
                let pair = |pair: opentelemetry_proto::tonic::common::v1::KeyValue| {
                    (pair.key, tree(pair.value.unwrap_or_default()))
                };
                Value::Object(map.values.into_iter().map(pair).collect::<Map<_, _>>())
            }
            other => panic!("{other:?}"),
        }
    }

    /// What OpenTelemetry's own types read in it.
    fn read(text: &str) -> Value {
        let transcript = transcript(text.as_bytes()).unwrap();
        tree(AnyValue::decode(transcript.wire.as_slice()).unwrap())
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9).prop_map(|x: f64| Value::from(x + 0.25)),
            ".{0,200}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 48, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(".{0,9}", inner, 0..8)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_text_is_the_map_it_says(map in prop::collection::btree_map(".{0,9}", any_json(), 0..6)) {
            let value = Value::Object(map.into_iter().collect());
            prop_assert_eq!(read(&value.to_string()), value);
        }

        #[test]
        fn no_text_grows_by_more_than_is_said(items in prop::collection::vec(
            prop::sample::select(vec!["-1", "0", "[]", "{}", "\"\"", "{\"\":-1}", "1e1", "null", "[[]]"]), 0..400,
        )) {
            let text = format!("{{\"\":[{}]}}", items.join(","));
            let wire = transcript(text.as_bytes()).unwrap().wire;
            // Lengths of what is long, for the three messages around it.
            prop_assert!(wire.len() as f64 <= GROWTH * text.len() as f64 + 20.0, "{}", text);
        }
    }

    #[test]
    fn what_json_lacks_is_mended_and_counted() {
        let text = br#"{"a": [NaN, -Infinity, 1e999, 1], "b\ud83d": "cut \ud83d", "c": "caf\xe9"}"#;
        let text: Vec<u8> = text.iter().copied().collect();
        let text = String::from_utf8(text).unwrap().replace("\\xe9", "\\ud83d\\ud83d");
        let transcript = transcript(text.as_bytes()).unwrap();
        assert_eq!(transcript.mended, Mended { numbers: 3, texts: 3 });
        let value = tree(AnyValue::decode(transcript.wire.as_slice()).unwrap());
        assert_eq!(
            value,
            json!({ "a": [null, null, null, 1], "b\u{fffd}": "cut \u{fffd}", "c": "caf\u{fffd}\u{fffd}" })
        );
    }

    #[test]
    fn numbers_are_what_they_are_written_as() {
        for (written, value) in [
            ("9223372036854775807", json!(i64::MAX)),
            ("9223372036854775808", json!("9223372036854775808")),
            ("-123456789012345678901234567890", json!("-123456789012345678901234567890")),
            ("1e3", json!(1000.0)),
            ("0.1", json!(0.1)),
        ] {
            assert_eq!(read(&format!("{{\"n\":{written}}}")), json!({ "n": value }), "{written}");
        }
    }

    #[test]
    fn what_is_too_deep_is_left_empty_and_the_rest_is_read() {
        for (deep, left) in [("[[[[7]]]]", json!([[[]]])), ("[[[{\"b\":7}]]]", json!([[[{}]]]))] {
            let text = format!("{{\"a\":{deep},\"b\":[[7]]}}");
            let wire = of_text(text.as_bytes(), 4, &mut |_| Ok(())).unwrap().wire;
            let value = tree(AnyValue::decode(wire.as_slice()).unwrap());
            assert_eq!(value, json!({ "a": left, "b": [[7]] }), "{deep}");
        }
        let endless = format!("{{\"a\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert!(transcript(endless.as_bytes()).unwrap().wire.len() < 1000);
    }

    #[test]
    fn what_is_no_object_says_why() {
        let why = |text: &str| transcript(text.as_bytes()).unwrap_err();
        for other in ["[1]", "7", "\"text\"", "null", "NaN"] {
            assert_eq!(why(other), NoMap::Other, "{other}");
        }
        let broken = |at, expected| NoMap::Broken(Broken { at, expected });
        assert_eq!(why("words"), broken(0, "a value"));
        assert_eq!(why("{\"a\":1"), broken(6, "a comma or }"));
        assert_eq!(why("{} {}"), broken(3, "nothing more"));
        assert_eq!(why("[1"), broken(2, "a comma or ]"));
    }

    #[test]
    fn it_ends_where_there_is_no_more_room() {
        let text = format!("{{\"a\":[{}0]}}", "0,".repeat(1000));
        let mut most = 0;
        let ended = of_text(text.as_bytes(), 64, &mut |bytes| {
            most = bytes;
            if bytes > 100 { Err(NoMap::TooLarge) } else { Ok(()) }
        });
        assert_eq!(ended.unwrap_err(), NoMap::TooLarge);
        assert!(most < 120, "{most}");
    }
}
