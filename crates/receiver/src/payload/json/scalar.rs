//! What a text, a number or a truth of JSON is as a field: one rule a kind, and what is said of a
//! value that breaks it.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use data_encoding::HEXLOWER_PERMISSIVE;
use ticketlens_ticket::json::{Number, Token};

use super::schema::Kind;

/// Padded or not, as protobuf's JSON mapping has it.
const BASE64: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, BASE64);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, BASE64);

const NO_NUMBER: &str = "not a number";
const NOT_WHOLE: &str = "not a whole number";
const OUT_OF_RANGE: &str = "a number out of range";

/// A field's value.
#[derive(Debug, PartialEq)]
pub(super) enum Scalar {
    /// As a varint.
    Int(u64),
    /// As eight bytes.
    Fixed(u64),
    /// As the `doubleValue` that it is instead of an integer.
    Double(u64),
    Bytes(Vec<u8>),
}

/// What `token` is as a field of that kind; what it is not. Texts are not for here: they are copied
/// as they are read.
pub(super) fn scalar(kind: Kind, token: Token<'_>) -> Result<Scalar, &'static str> {
    match kind {
        Kind::Bool => match token {
            Token::Bool(truth) => Ok(Scalar::Int(truth.into())),
            _ => Err("not true or false"),
        },
        Kind::Int64 => int64(token),
        Kind::Fixed64 => fixed64(token),
        Kind::Double => double(token),
        Kind::Hex(digits) => {
            let wrong = if digits == 32 { "not 32 hex digits" } else { "not 16 hex digits" };
            match token {
                Token::Text(text) => {
                    let bytes = HEXLOWER_PERMISSIVE.decode(text.to_str().as_bytes());
                    bytes.map(Scalar::Bytes).map_err(|_| wrong)
                }
                _ => Err(wrong),
            }
        }
        Kind::Base64 => match token {
            Token::Text(text) => {
                let text = text.to_str();
                let bytes = STANDARD.decode(&*text).or_else(|_| URL_SAFE.decode(&*text));
                bytes.map(Scalar::Bytes).map_err(|_| "not base64")
            }
            _ => Err("not base64"),
        },
        Kind::Text => Err("not a text"),
        Kind::Message(_) | Kind::Any | Kind::Resource => Err("not an object"),
        _ => Err("not a list"),
    }
}

#[expect(clippy::cast_sign_loss, reason = "int64 travels as its two's complement")]
fn int64(token: Token<'_>) -> Result<Scalar, &'static str> {
    let (value, is_text) = whole(token)?;
    match (value.map(i64::try_from), token) {
        (Some(Ok(value)), _) => Ok(Scalar::Int(value as u64)),
        // JavaScript's exporters write every whole number as an `intValue`: one that is none is the
        // double it was.
        (_, Token::Number(number)) if !is_text => match number.as_f64() {
            x if x.is_finite() => Ok(Scalar::Double(x.to_bits())),
            _ => Err(OUT_OF_RANGE),
        },
        _ => Err(OUT_OF_RANGE),
    }
}

fn fixed64(token: Token<'_>) -> Result<Scalar, &'static str> {
    match whole(token)?.0.map(u64::try_from) {
        Some(Ok(value)) => Ok(Scalar::Fixed(value)),
        _ => Err(OUT_OF_RANGE),
    }
}

/// The whole number a token is, `None` for one beyond all range, and whether it stands in a text:
/// protobuf's JSON mapping takes `3`, `3.0` and `1e3`, quoted or not.
fn whole(token: Token<'_>) -> Result<(Option<i128>, bool), &'static str> {
    let written;
    let (number, is_text) = match token {
        Token::Number(number) => (number, false),
        Token::Text(text) => {
            written = text.to_str();
            (Number::in_text(written.strip_prefix('+').unwrap_or(&written)).ok_or(NO_NUMBER)?, true)
        }
        _ => return Err(NO_NUMBER),
    };
    if number.is_word() {
        return Err(NOT_WHOLE);
    }
    match number.as_integer() {
        None if number.as_f64().abs() < 1e38 => Err(NOT_WHOLE),
        value => Ok((value, is_text)),
    }
}

fn double(token: Token<'_>) -> Result<Scalar, &'static str> {
    let (value, is_word) = match token {
        Token::Number(number) => (number.as_f64(), number.is_word()),
        Token::Text(text) => {
            let text = text.to_str();
            let value = text.parse::<f64>().map_err(|_| NO_NUMBER)?;
            // "NaN", "Infinity", "-Infinity".
            (value, !text.contains(|c: char| c.is_ascii_digit()))
        }
        _ => return Err(NO_NUMBER),
    };
    if value.is_finite() || is_word {
        return Ok(Scalar::Fixed(value.to_bits()));
    }
    Err("a number out of a double's range")
}
