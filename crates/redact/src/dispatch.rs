//! Which detector each of the filter's rules asks.

use crate::{
    date, email,
    filter::Rule,
    finding::{Finding, Outcome},
    findings::Findings,
    gate::Gate,
    iban,
    key_value::{self, KeyedText},
    lex::byte,
    number, phone, provider, spoken, token, url,
};

/// Asks the detector of `rule` what is at `at`. Those behind keys keep what they find in `found`
/// themselves. `holds_something` says whether there is something to find in a text that was wrapped
/// in base64.
pub(crate) fn detect(
    gate: &Gate,
    rule: Rule,
    text: &str,
    at: usize,
    found: &mut Findings<'_>,
    holds_something: impl FnOnce(&str) -> bool,
) -> Outcome {
    let bytes = text.as_bytes();
    let Findings { ends, around, list: found, .. } = found;
    match rule {
        Rule::Number if bytes[at].is_ascii_digit() => number::detect(bytes, at),
        Rule::Pairs if bytes[at].is_ascii_digit() => number::pairs(bytes, at),
        Rule::Plus if bytes[at] == b'+' => phone::international(bytes, at),
        Rule::Iban => iban::detect(bytes, at),
        Rule::Url => url::credentials(bytes, at),
        Rule::Jwt if [b"eyJ", b"ZXl"].iter().any(|three| bytes[at..].starts_with(*three)) => {
            token::jwt(bytes, at, holds_something)
        }
        Rule::Pem => token::pem(bytes, at),
        Rule::Bearer => token::bearer(bytes, at),
        Rule::Basic => token::basic(bytes, at),
        Rule::CurlUser => token::curl_user(ends.up_to_end(text, at).as_bytes(), at),
        Rule::Discord => token::discord(bytes, at),
        Rule::Provider(form) => provider::detect(form, bytes, at),
        Rule::Birth => date::of_birth(ends.up_to_end(text, at).as_bytes(), at),
        Rule::Spoken => spoken::detect(ends.up_to_end(text, at).as_bytes(), at),
        Rule::EncodedAt => match email::encoded_at(bytes, at) {
            Some(width) => email::address(text, at, width, floor(found))
                .map_or(Outcome::Nothing, Outcome::Found),
            None => Outcome::Nothing,
        },
        Rule::QuotedKey if matches!(byte(bytes, at + 2), b'"' | b'\'' | b'\\') => {
            let quote = at + 2;
            let text = ends.up_to_end(text, quote);
            to_skip(key_value::quoted(KeyedText { gate, text }, quote, around, found))
        }
        // A name at the end of its line.
        Rule::QuotedKey if matches!(byte(bytes, at + 2), b'\n' | b'\r') => {
            key_value::named_in_lines(KeyedText { gate, text }, at + 2, found);
            Outcome::Nothing
        }
        Rule::AssignedKey if matches!(byte(bytes, at + 2), b'=' | b':' | b'%') => {
            let sign = at + 2;
            let text = ends.up_to_end(text, sign);
            to_skip(key_value::assigned(KeyedText { gate, text }, sign, found))
        }
        Rule::Element if byte(bytes, at + 2) == b'>' => {
            let sign = at + 2;
            let text = ends.up_to_end(text, sign);
            to_skip(key_value::element(KeyedText { gate, text }, sign, found))
        }
        // Other bytes that share a place in the filter.
        _ => Outcome::Nothing,
    }
}

/// What was found is kept already; what it covers needs no second look.
fn to_skip(end: Option<usize>) -> Outcome {
    end.map_or(Outcome::Nothing, Outcome::Skip)
}

fn floor(found: &[Finding]) -> usize {
    found.last().map_or(0, |finding| finding.end)
}
