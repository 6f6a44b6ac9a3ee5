//! The three bytes that every detector starts from: what the filter is made of. They start a word,
//! or start or end with a sign, for only there they are looked for ([`places`](crate::places)).

use unicode_normalization::UnicodeNormalization;

use crate::{command, filter::Rule, key_table::KeyTable, provider, spoken, sql, token};

/// Every three bytes something may start with.
pub(crate) fn all(keys: &KeyTable) -> Vec<([u8; 3], Rule)> {
    let mut triggers = Vec::new();
    let mut on = |three: [u8; 3], rule: Rule| triggers.push((three, rule));
    provider::triggers().for_each(|(three, form)| on(three, Rule::Provider(form)));
    token::discord_triggers().for_each(|three| on(three, Rule::Discord));
    for (three, rule) in [
        (*b"BEG", Rule::Pem),
        (*b"LS0", Rule::Pem),
        (*b"eyJ", Rule::Jwt),
        (*b"use", Rule::CurlUser),
        (*b"://", Rule::Url),
        (*b"%40", Rule::EncodedAt),
        (*b"&#6", Rule::EncodedAt),
        (*b"&#x", Rule::EncodedAt),
        (*b"\\u0", Rule::EncodedAt),
        (*b"&qu", Rule::QuotedKey),
        (*b"%22", Rule::QuotedKey),
        (*b"%27", Rule::QuotedKey),
        (*b"&ap", Rule::QuotedKey),
        (*b"&#3", Rule::QuotedKey),
        (*b"&#0", Rule::QuotedKey),
        (*b"&#x", Rule::QuotedKey),
        (*b"**:", Rule::AssignedKey),
        (*b"`: ", Rule::AssignedKey),
        // Behind the name of a type, and where more than `=` assigns.
        (*b"ng=", Rule::AssignedKey),
        (*b"tr=", Rule::AssignedKey),
        (*b"g =", Rule::AssignedKey),
        (*b"r =", Rule::AssignedKey),
        (*b" ?=", Rule::AssignedKey),
        (*b" .=", Rule::AssignedKey),
        (*b"||=", Rule::AssignedKey),
        (*b"??=", Rule::AssignedKey),
        (*b"<![", Rule::Element),
        (*b"&gt", Rule::Element),
    ] {
        on(three, rule);
    }
    for (word, rule) in [
        (b"bas", Rule::Basic),
        (b"bea", Rule::Bearer),
        (b"dat", Rule::Birth),
        (b"dob", Rule::Birth),
        (b"d.o", Rule::Birth),
        (b"bor", Rule::Birth),
        (b"bir", Rule::Birth),
        (b"geb", Rule::Birth),
        (b"fec", Rule::Birth),
    ] {
        cased(*word).into_iter().for_each(|three| on(three, rule));
    }
    for sign in *b" '\"=" {
        (b'!'..=b'~').for_each(|third| on([b'u', sign, third], Rule::CurlUser));
    }
    for word in spoken::triggers() {
        cased(word).into_iter().for_each(|three| on(three, Rule::Spoken));
    }
    command::TRIGGERS.into_iter().for_each(|three| on(*three, Rule::CurlUser));
    sql::TRIGGERS.into_iter().for_each(|three| on(*three, Rule::Spoken));
    // A literal of national letters: `BY N'…'`.
    for third in b'!'..=b'~' {
        on([b'N', b'\'', third], Rule::Spoken);
    }
    numbers(&mut on);
    listed_keys(keys, &mut on);
    counted_keys(&mut on);
    spelled_keys(keys, &mut on);
    short_words(keys, &mut on);
    triggers
}

/// In lower case, capitalised, in capitals.
fn cased(word: [u8; 3]) -> [[u8; 3]; 3] {
    let upper = word.map(|b| b.to_ascii_uppercase());
    [word, [upper[0], word[1], word[2]], upper]
}

/// `+` and a digit. Other numbers are noticed by their digits.
fn numbers(on: &mut impl FnMut([u8; 3], Rule)) {
    for a in b'0'..=b'9' {
        for b in b'0'..=b'9' {
            on([b'+', a, b], Rule::Plus);
        }
        for separator in [b' ', b'-', b'.', b'('] {
            on([b'+', a, separator], Rule::Plus);
        }
        on([b'+', b'(', a], Rule::Plus);
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
            on([b, b'?', b'='], Rule::AssignedKey);
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

/// A digit that counts a key, apart from its sign: `password1 = …`.
fn counted_keys(on: &mut impl FnMut([u8; 3], Rule)) {
    for digit in b'0'..=b'9' {
        b"=:".iter().for_each(|sign| on([digit, b' ', *sign], Rule::AssignedKey));
    }
}

/// The same for keys that end in letters beyond ASCII, as they may be written.
fn spelled_keys(keys: &KeyTable, on: &mut impl FnMut([u8; 3], Rule)) {
    for key in keys.spelled() {
        let (upper, apart) = (key.to_uppercase(), key.nfd().collect::<String>());
        for written in [key, &upper, &apart, &upper.nfd().collect::<String>()] {
            let [.., a, b] = *written.as_bytes() else { continue };
            b"\"'\\".iter().for_each(|sign| on([a, b, *sign], Rule::QuotedKey));
            // A colon of typesetting is of three bytes.
            b"=:%\xef".iter().for_each(|sign| on([a, b, *sign], Rule::AssignedKey));
            b"=:".iter().for_each(|sign| on([b, b' ', *sign], Rule::AssignedKey));
            on([a, b, b'>'], Rule::Element);
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
