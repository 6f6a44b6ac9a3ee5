//! Secrets that are told rather than assigned: "my password is hunter2", "PIN: 4711", "cvv 123".

use crate::{
    detector::Detector,
    look::{Outcome, before, byte, is_word, run, run_of, skip_blanks},
};

/// Words that announce a secret, each with what may follow it.
const WORDS: &[(&[u8], Value)] = &[
    (b"password", Value::Token),
    (b"passwort", Value::Token),
    (b"passwd", Value::Token),
    (b"passcode", Value::Token),
    (b"passphrase", Value::Token),
    (b"cvv2", Value::Digits(3, 4)),
    (b"cvc2", Value::Digits(3, 4)),
    (b"cvv", Value::Digits(3, 4)),
    (b"cvc", Value::Digits(3, 4)),
    (b"pin code", Value::Digits(4, 8)),
    (b"pin", Value::Digits(4, 8)),
];

#[derive(Clone, Copy)]
enum Value {
    /// Anything without blanks that is no ordinary word.
    Token,
    /// So many digits.
    Digits(usize, usize),
}

/// Three bytes to notice the words by, and how far into the word they stand.
pub(crate) const TRIGGERS: &[(&[u8; 3], usize)] = &[
    (b"ssw", 2),
    (b"SSW", 2),
    (b"ssc", 2),
    (b"SSC", 2),
    (b"ssp", 2),
    (b"SSP", 2),
    (b"cvv", 0),
    (b"CVV", 0),
    (b"cvc", 0),
    (b"CVC", 0),
    (b"pin", 0),
    (b"PIN", 0),
    (b"Pin", 0),
];

pub(crate) fn look(bytes: &[u8], at: usize) -> Outcome {
    let inside = if bytes[at].eq_ignore_ascii_case(&b's') { 2 } else { 0 };
    let Some(word) = at.checked_sub(inside) else { return Outcome::Nothing };
    if is_word(before(bytes, word)) {
        return Outcome::Nothing;
    }
    let known = WORDS.iter().find(|(known, _)| crate::look::is_at(bytes, word, known));
    let Some((known, value)) = known else { return Outcome::Nothing };
    let Some((start, sure)) = introduced(bytes, word + known.len()) else {
        return Outcome::Nothing;
    };
    let end = match value {
        Value::Digits(least, most) => {
            let end = run(bytes, start, |b| b.is_ascii_digit());
            ((*least..=*most).contains(&(end - start)) && !is_word(byte(bytes, end))).then_some(end)
        }
        Value::Token => token(bytes, start, sure),
    };
    match end {
        Some(end) => Outcome::mark(start, end, Detector::Secret),
        None => Outcome::Nothing,
    }
}

/// Skips "is", "was", "code", `:`, `=` and quotes to the value; whether a sign (not a word) led to it.
fn introduced(bytes: &[u8], from: usize) -> Option<(usize, bool)> {
    // A quote right behind the word closes a key: that is read elsewhere.
    if matches!(byte(bytes, from), b'"' | b'\'' | b'\\') {
        return None;
    }
    let (mut at, mut sure, mut led) = (from, false, false);
    for _ in 0..5 {
        let next = skip_blanks(bytes, at);
        led |= next > at;
        at = next;
        let signs = run_of(bytes, at, 2, |b| matches!(b, b':' | b'=' | b'"' | b'\'' | b'`' | b'*'));
        let words: [&[u8]; 5] = [b"is", b"was", b"code", b"number", b"to"];
        let word = words.iter().find(|word| {
            crate::look::is_at(bytes, at, word) && !is_word(byte(bytes, at + word.len()))
        });
        if signs > at {
            (at, sure, led) = (signs, true, true);
        } else if let Some(word) = word {
            at += word.len();
        } else {
            break;
        }
    }
    led.then_some((at, sure))
}

/// A password where one is announced: after a sign anything long enough, after a word something
/// that is not an ordinary word ("password is required").
fn token(bytes: &[u8], start: usize, sure: bool) -> Option<usize> {
    if crate::detector::mark_at(bytes, start).is_some() {
        return None;
    }
    let mut end = run_of(bytes, start, 256, |b| b > b' ' && !b"\"'`<>,;\\".contains(&b));
    while end > start && b".!?):*".contains(&byte(bytes, end - 1)) {
        end -= 1;
    }
    let text = &bytes[start..end];
    let word = text.iter().all(|b| b.is_ascii_lowercase() || *b == b'-')
        || (text.iter().skip(1).all(u8::is_ascii_lowercase));
    (text.len() >= 4 && !word && (sure || text.len() >= 6)).then_some(end)
}
