//! Which detector each of the filter's rules asks.

use crate::{
    command, date, email,
    filter::Rule,
    finding::{Finding, Outcome},
    findings::Findings,
    gate::Gate,
    key_class::KeyClass,
    key_value::{self, KeyedText},
    lex::byte,
    phone, provider, spoken, sql, token, url,
};

/// Asks the detector of `rule` what is at `at`. Those behind keys keep what they find in `found`
/// themselves.
pub(crate) fn detect(
    gate: &Gate,
    rule: Rule,
    text: &str,
    at: usize,
    found: &mut Findings<'_>,
) -> Outcome {
    let bytes = text.as_bytes();
    let Findings { ends, around, list: found, .. } = found;
    match rule {
        Rule::Plus if bytes[at] == b'+' => phone::international(bytes, at),
        Rule::Url => url::credentials(bytes, at),
        Rule::Jwt if bytes[at..].starts_with(b"eyJ") => token::jwt(bytes, at),
        Rule::Pem => token::pem(bytes, at),
        Rule::Bearer => token::bearer(bytes, at),
        Rule::Basic => token::basic(bytes, at),
        Rule::CurlUser if !matches!(bytes[at], b'u') => {
            let is_secret = |option: &str| gate.classify(option) == KeyClass::Secret;
            command::detect(ends.up_to_end(text, at).as_bytes(), at, is_secret)
        }
        Rule::CurlUser => token::curl_user(ends.up_to_end(text, at).as_bytes(), at),
        Rule::Discord => token::discord(bytes, at),
        Rule::Provider(form) => provider::detect(form, bytes, at),
        Rule::Birth => date::of_birth(ends.up_to_end(text, at).as_bytes(), at),
        Rule::Spoken => {
            let bytes = ends.up_to_end(text, at).as_bytes();
            match spoken::detect(bytes, at) {
                Outcome::Nothing => sql::detect(bytes, at),
                found => found,
            }
        }
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
        Rule::AssignedKey if matches!(byte(bytes, at + 2), b'=' | b':' | b'%' | 0xef) => {
            let sign = at + 2;
            let text = ends.up_to_end(text, sign);
            to_skip(key_value::assigned(KeyedText { gate, text }, sign, found))
        }
        Rule::Element if byte(bytes, at + 2) == b'>' => {
            let sign = at + 2;
            let text = ends.up_to_end(text, sign);
            to_skip(key_value::element(KeyedText { gate, text }, sign, found))
        }
        Rule::QuotedKey if matches!(bytes[at], b'&' | b'%') => {
            let text = ends.up_to_end(text, at);
            to_skip(key_value::entity_quoted(KeyedText { gate, text }, at, found))
        }
        // "`key`: …"
        Rule::AssignedKey if bytes[at] == b'`' && byte(bytes, at + 1) == b':' => {
            let text = ends.up_to_end(text, at + 1);
            to_skip(key_value::assigned(KeyedText { gate, text }, at + 1, found))
        }
        Rule::Element if matches!(bytes[at], b'<' | b'&') => {
            let keyed = KeyedText { gate, text: ends.up_to_end(text, at) };
            to_skip(match bytes[at] {
                b'<' => key_value::character_data(keyed, at, found),
                _ => key_value::escaped(keyed, at, found),
            })
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
