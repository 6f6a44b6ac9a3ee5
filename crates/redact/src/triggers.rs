//! The three bytes that every detector starts from: what the filter is made of.

use crate::{filter::Rule, iban, key_table::KeyTable, provider, spoken, token};

/// Every three bytes something may start with.
pub(crate) fn all(keys: &KeyTable) -> Vec<([u8; 3], Rule)> {
    let mut triggers = Vec::new();
    let mut on = |three: [u8; 3], rule: Rule| triggers.push((three, rule));
    provider::triggers().for_each(|(three, form)| on(three, Rule::Provider(form)));
    token::discord_triggers().for_each(|three| on(three, Rule::Discord));
    for (three, rule) in [
        // "Basic" is a common word, and rarely has a blank behind it.
        (*b"ic ", Rule::Basic),
        (*b"IC ", Rule::Basic),
        (*b"ic%", Rule::Basic),
        (*b"-BE", Rule::Pem),
        (*b"LS0", Rule::Pem),
        (*b"eyJ", Rule::Jwt),
        (*b"ZXl", Rule::Jwt),
        (*b"-u ", Rule::CurlUser),
        (*b"-u'", Rule::CurlUser),
        (*b"-u\"", Rule::CurlUser),
        (*b"-us", Rule::CurlUser),
        (*b"://", Rule::Url),
        (*b"%40", Rule::EncodedAt),
        (*b"&#6", Rule::EncodedAt),
        (*b"&#x", Rule::EncodedAt),
        (*b"\\u0", Rule::EncodedAt),
    ] {
        on(three, rule);
    }
    for (word, rule) in [
        (b"bea", Rule::Bearer),
        (b"dob", Rule::Birth),
        (b"d.o", Rule::Birth),
        (b"bor", Rule::Birth),
        (b"bir", Rule::Birth),
        (b"geb", Rule::Birth),
        (b"fec", Rule::Birth),
    ] {
        cased(*word).into_iter().for_each(|three| on(three, rule));
    }
    for (three, _) in spoken::TRIGGERS {
        on(**three, Rule::Spoken);
    }
    for (country, _) in iban::LENGTHS {
        for digit in b'0'..=b'9' {
            on([country[0], country[1], digit], Rule::Iban);
            on(
                [country[0].to_ascii_lowercase(), country[1].to_ascii_lowercase(), digit],
                Rule::Iban,
            );
        }
    }
    numbers(&mut on);
    listed_keys(keys, &mut on);
    short_words(keys, &mut on);
    triggers
}

/// In lower case, capitalised, in capitals.
fn cased(word: [u8; 3]) -> [[u8; 3]; 3] {
    let upper = word.map(|b| b.to_ascii_uppercase());
    [word, [upper[0], word[1], word[2]], upper]
}

/// Three digits; `+` and a digit; a short group that starts a national number.
fn numbers(on: &mut impl FnMut([u8; 3], Rule)) {
    for a in b'0'..=b'9' {
        for b in b'0'..=b'9' {
            for c in b'0'..=b'9' {
                on([a, b, c], Rule::Number);
            }
            on([b'+', a, b], Rule::Plus);
            on([a, b' ', b], Rule::Pairs);
        }
        for separator in [b' ', b'-', b'.', b'('] {
            on([b'+', a, separator], Rule::Plus);
        }
        on([b'+', b'(', a], Rule::Plus);
        for separator in [b' ', b'.', b'-'] {
            on([b'0', a, separator], Rule::Number);
        }
    }
}

/// The last two letters of every listed key and what may follow a key.
fn listed_keys(keys: &KeyTable, on: &mut impl FnMut([u8; 3], Rule)) {
    for key in keys.sensitive() {
        let [.., before, last] = *key else { continue };
        let [upper_before, upper_last] = [before, last].map(|b| b.to_ascii_uppercase());
        // In lower case, in capitals, and a last word of two letters behind a hump (`customerId`).
        for (a, b) in [(before, last), (upper_before, upper_last), (upper_before, last)] {
            for sign in *b"\"'\\\n\r" {
                on([a, b, sign], Rule::QuotedKey);
            }
            for sign in *b"=:%" {
                on([a, b, sign], Rule::AssignedKey);
            }
            on([a, b, b'>'], Rule::Element);
        }
        for b in [last, upper_last] {
            on([b, b' ', b'='], Rule::AssignedKey);
            // Settings in columns: `token : …`, `token := …`.
            on([b, b' ', b':'], Rule::AssignedKey);
            for digit in b'0'..=b'9' {
                for sign in *b"\"'\\" {
                    on([b, digit, sign], Rule::QuotedKey);
                }
                for sign in *b"=:%" {
                    on([b, digit, sign], Rule::AssignedKey);
                }
            }
        }
    }
}

/// Denied keys whose last word may be one letter (`seat_x`, `seatX`, or `x` alone): in a text it has
/// no other letter of its case before it. The default lists have none of these, and their gates no
/// more positions for them.
fn short_words(keys: &KeyTable, on: &mut impl FnMut([u8; 3], Rule)) {
    for key in keys.denied() {
        let Some((last, above)) = key.split_last() else { continue };
        let upper = last.to_ascii_uppercase();
        let apart = b"_-. ?&;".iter().flat_map(|before| [(*before, *last), (*before, upper)]);
        let hump = above.last().map(|before| (*before, upper));
        for (before, letter) in apart.chain(hump) {
            b"\"'\\".iter().for_each(|sign| on([before, letter, *sign], Rule::QuotedKey));
            b"=:%".iter().for_each(|sign| on([before, letter, *sign], Rule::AssignedKey));
        }
        for (quote, letter) in [(b'"', *last), (b'"', upper), (b'\'', *last), (b'\'', upper)] {
            on([quote, letter, quote], Rule::QuotedKey);
            on([quote, letter, b'\\'], Rule::QuotedKey);
        }
    }
}
