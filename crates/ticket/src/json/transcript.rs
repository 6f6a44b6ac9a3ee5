//! A body that is JSON text, as the bytes of the `AnyValue` that the same body is as a map: what
//! follows is one reader for both.
//!
//! The bytes grow with the text and no faster than `GROWTH` says. Nothing is quoted on failure.

use super::{Broken, Number, Reader, Text, Token};
use crate::{
    limits,
    meter::{Meter, Outgrown, room},
    wire::Writer,
};

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
    /// Texts with half a character in them. Bytes that are no UTF-8 are left to who reads them.
    pub(crate) texts: u64,
}

/// Why a text is no map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoMap {
    /// It is no JSON from there on.
    Broken(Broken),
    /// It is another value of JSON.
    Other,
    /// It is larger as a map than a body may be.
    TooLarge,
    /// It is larger as a map than is granted.
    Outgrown(Outgrown),
}

impl From<Outgrown> for NoMap {
    fn from(outgrown: Outgrown) -> Self {
        Self::Outgrown(outgrown)
    }
}

impl From<Broken> for NoMap {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Bytes of a text as a map: a list of digits takes twice what it took as text.
const MOST: usize = 2 * limits::BODY_BYTES;
/// Written between two questions for room, beside a text.
const PIECE: usize = 32;

/// Reads `text` as one JSON object. Lists and maps nested too deep are left empty: who reads the
/// bytes puts a mark for them. What it takes stays held with `meter`.
pub(crate) fn of_text(text: &[u8], meter: &mut Meter<'_>) -> Result<Transcript, NoMap> {
    within(text, MOST, meter)
}

/// The same, in at most so many bytes.
fn within(text: &[u8], most: usize, meter: &mut Meter<'_>) -> Result<Transcript, NoMap> {
    let mut tokens = Reader::new(text);
    let first = tokens.token()?;
    if first != Token::Map {
        tokens.skip(first)?;
        tokens.read()?;
        return Err(NoMap::Other);
    }
    let mut transcriber =
        Transcriber { tokens, wire: Vec::new(), mended: Mended::default(), most, meter };
    transcriber.room(text.len())?;
    transcriber.value(first, 0)?;
    transcriber.tokens.read()?;
    Ok(Transcript { wire: transcriber.wire, mended: transcriber.mended })
}

struct Transcriber<'a, 'r, 'm> {
    tokens: Reader<'a>,
    wire: Vec<u8>,
    mended: Mended,
    most: usize,
    meter: &'r mut Meter<'m>,
}

impl<'a> Transcriber<'a, '_, '_> {
    /// Writes the inside of an `AnyValue`.
    fn value(&mut self, token: Token<'a>, depth: usize) -> Result<(), NoMap> {
        self.room(PIECE)?;
        match token {
            Token::Bool(truth) => self.writer().varint_field(2, u64::from(truth)),
            Token::Number(number) => self.number(number)?,
            Token::Text(text) => self.text(1, text)?,
            Token::List | Token::Map if depth >= limits::BODY_DEPTH => {
                self.tokens.skip(token)?;
                self.writer().bytes_field(if token == Token::List { 5 } else { 6 }, &[]);
            }
            Token::List => self.list(depth)?,
            Token::Map => self.map(depth)?,
            // Null is an `AnyValue` without a value.
            _ => {}
        }
        Ok(())
    }

    fn room(&mut self, more: usize) -> Result<(), NoMap> {
        if self.wire.len() + more > self.most {
            return Err(NoMap::TooLarge);
        }
        Ok(room(&mut self.wire, more, self.meter)?)
    }

    fn list(&mut self, depth: usize) -> Result<(), NoMap> {
        let list = self.writer().open(5);
        loop {
            match self.tokens.token()? {
                Token::ListEnd => break,
                token => {
                    self.room(PIECE)?;
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
            self.room(PIECE)?;
            let pair = self.writer().open(1);
            self.text(1, key)?;
            let value = self.writer().open(2);
            let token = self.tokens.token()?;
            self.value(token, depth + 1)?;
            self.writer().close(value);
            self.writer().close(pair);
        }
        self.writer().close(map);
        Ok(())
    }

    fn text(&mut self, field: u32, text: Text<'a>) -> Result<(), NoMap> {
        self.room(text.most() + PIECE)?;
        let start = self.writer().open(field);
        let is_mended = text.bytes(|piece| self.wire.extend_from_slice(piece));
        self.writer().close(start);
        self.mended.texts += u64::from(is_mended);
        Ok(())
    }

    /// Integers beyond 64 bits travel as their decimal text, as from our client.
    #[expect(clippy::cast_sign_loss, reason = "int64 travels as its two's complement")]
    fn number(&mut self, number: Number<'a>) -> Result<(), NoMap> {
        let written = number.as_str();
        match written.parse::<i64>() {
            Ok(n) => self.writer().varint_field(3, n as u64),
            Err(_) if number.is_integer() => {
                self.room(written.len() + PIECE)?;
                self.writer().bytes_field(1, written.as_bytes());
            }
            Err(_) => match number.as_f64() {
                x if x.is_finite() => self.writer().fixed64_field(4, x.to_bits()),
                _ => self.mended.numbers += 1,
            },
        }
        Ok(())
    }

    fn writer(&mut self) -> Writer<'_> {
        Writer(&mut self.wire)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value as Kind};
    use proptest::prelude::*;
    use prost::Message;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::meter::{Allowance, NotGranted, Unlimited};

    fn transcript(text: &[u8]) -> Result<Transcript, NoMap> {
        let mut unlimited = Unlimited;
        let mut meter = Meter::new(&mut unlimited);
        let transcript = of_text(text, &mut meter)?;
        assert_eq!(meter.held(), transcript.wire.capacity());
        Ok(transcript)
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
        let text = text.to_vec();
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
        // The map around it is one of the levels, and what is too deep is left empty.
        let found = |levels: usize| {
            let lists = ["[".repeat(levels), "]".repeat(levels)];
            let text = format!("{{\"a\":{}\"deepest\"{},\"b\":\"behind\"}}", lists[0], lists[1]);
            let wire = transcript(text.as_bytes()).unwrap().wire;
            let has = |word: &str| wire.windows(word.len()).any(|found| found == word.as_bytes());
            assert!(wire.len() < 1000 && has("behind"), "{levels}");
            has("deepest")
        };
        assert!(found(limits::BODY_DEPTH - 1));
        assert!(!found(limits::BODY_DEPTH));
        assert!(!found(1_000_000));
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
    fn what_is_larger_than_a_body_may_be_is_not_made() {
        let text = |item: &str| format!("{{\"a\":[{}0]}}", item.repeat(1000));
        let within = |text: &str, most: usize| {
            let mut unlimited = Unlimited;
            within(text.as_bytes(), most, &mut Meter::new(&mut unlimited)).map(|made| made.wire)
        };
        // As large as the largest body, digits take twice as much, and fit.
        let room = 2 * text("0,").len() + 200;
        assert!(within(&text("0,"), room).is_ok());
        assert_eq!(within(&text("-1,"), room).unwrap_err(), NoMap::TooLarge);
    }

    #[test]
    fn what_is_not_granted_is_not_made() {
        struct Little(usize);
        impl Allowance for Little {
            fn grow(&mut self, bytes: usize) -> Result<(), NotGranted> {
                self.0 = self.0.checked_sub(bytes).ok_or(NotGranted)?;
                Ok(())
            }
            fn worked(&mut self, _: usize) -> Result<(), NotGranted> {
                Ok(())
            }
        }
        let text = format!("{{\"a\":[{}0]}}", "-1,".repeat(100_000));
        let granted = text.len() * 2;
        let mut little = Little(granted);
        let mut meter = Meter::new(&mut little);
        assert!(matches!(of_text(text.as_bytes(), &mut meter), Err(NoMap::Outgrown(_))));
    }
}
