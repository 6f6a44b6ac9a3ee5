//! Secrets that are told rather than assigned: "my password is hunter2", "PIN: 4711", "cvv 123",
//! "the API key is 8f3a…", "your one-time code is 482913".

use std::sync::LazyLock;

use crate::{
    absence::is_absent,
    detector::Detector,
    finding::Outcome,
    lex::{before, byte, is_word, run, run_of, skip_blanks},
    placeholder,
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
    (b"otp code", Value::Digits(4, 8)),
    (b"otp", Value::Digits(4, 8)),
    (b"verification code", Value::Digits(4, 8)),
    (b"one-time code", Value::Digits(4, 8)),
    (b"one-time passcode", Value::Digits(4, 8)),
    (b"one-time password", Value::Digits(4, 8)),
    (b"security code", Value::Digits(3, 8)),
    (b"account number", Value::Digits(6, 17)),
    (b"account no.", Value::Digits(6, 17)),
    (b"account no", Value::Digits(6, 17)),
    (b"account #", Value::Digits(6, 17)),
    (b"passport number", Value::Code),
    (b"passport no.", Value::Code),
    (b"passport no", Value::Code),
    (b"passport #", Value::Code),
    (b"passport", Value::Code),
    (b"api key", Value::Code),
    (b"api-key", Value::Code),
    (b"api token", Value::Code),
    (b"secret key", Value::Code),
    (b"access key", Value::Code),
    (b"token", Value::Code),
];

#[derive(Clone, Copy)]
enum Value {
    /// Anything without blanks that is no ordinary word.
    Token,
    /// So many digits.
    Digits(usize, usize),
    /// Letters and digits, or many digits.
    Code,
}

/// A word, and what may follow it.
type Entry = (&'static [u8], Value);

/// The words by their first three letters.
static BY_LETTERS: LazyLock<Vec<([u8; 3], Vec<Entry>)>> = LazyLock::new(|| {
    let mut groups: Vec<([u8; 3], Vec<Entry>)> = Vec::new();
    for (word, value) in WORDS {
        let Some(letters) = word.first_chunk::<3>() else { continue };
        match groups.iter_mut().find(|(known, _)| known == letters) {
            Some((_, words)) => words.push((*word, *value)),
            None => groups.push((*letters, vec![(*word, *value)])),
        }
    }
    groups
});

/// Makes what is made once ([`tables`](crate::tables)).
pub(crate) fn make_tables() {
    LazyLock::force(&BY_LETTERS);
}

/// The first three letters of every word.
pub(crate) fn triggers() -> impl Iterator<Item = [u8; 3]> {
    WORDS.iter().filter_map(|(word, _)| word.first_chunk::<3>().copied())
}

/// Looks for a secret behind the word that starts at `word`.
pub(crate) fn detect(bytes: &[u8], word: usize) -> Outcome {
    if is_word(before(bytes, word)) || is_tag(bytes, word) {
        return Outcome::Nothing;
    }
    let first = crate::filter::three(bytes, word).map(|b| b.to_ascii_lowercase());
    let Some((_, alike)) = BY_LETTERS.iter().find(|(letters, _)| *letters == first) else {
        return Outcome::Nothing;
    };
    let found = alike.iter().find(|(known, _)| crate::lex::is_at(bytes, word, known));
    let Some((known, value)) = found else { return Outcome::Nothing };
    // `password=…` is read where keys are; `/etc/passwd` is a file.
    let behind = skip_blanks(bytes, word + known.len());
    let compared = bytes[behind..].starts_with(b"==");
    let glued = matches!(value, Value::Token) && byte(bytes, word + known.len()) == b'=';
    if glued || compared || (*known == b"passwd" && before(bytes, word) == b'/') {
        return Outcome::Nothing;
    }
    let Some((start, led)) = introduced(bytes, word + known.len()) else {
        return Outcome::Nothing;
    };
    if placeholder::stands_at(bytes, start) {
        return Outcome::Nothing;
    }
    let end = match value {
        Value::Digits(least, most) => {
            let end = run(bytes, start, |b| b.is_ascii_digit());
            ((*least..=*most).contains(&(end - start)) && !is_word(byte(bytes, end))).then_some(end)
        }
        Value::Token => quoted(bytes, start).or_else(|| token(bytes, start, led == Led::Sign)),
        // "token abc…" is a form's own, or a count; "--token abc…" is a command's.
        Value::Code if led == Led::Blank && *known == b"token" && before(bytes, word) != b'-' => {
            None
        }
        Value::Code => code(bytes, start),
    };
    match end {
        Some(end) => Outcome::mark(start, end, Detector::Secret),
        None => Outcome::Nothing,
    }
}

/// What led from the word to its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Led {
    Blank,
    Word,
    Sign,
}

/// Skips "is", "was", "code", `:`, `=` and quotes to the value.
fn introduced(bytes: &[u8], from: usize) -> Option<(usize, Led)> {
    // A quote right behind the word closes a key: that is read elsewhere.
    if matches!(byte(bytes, from), b'"' | b'\'' | b'\\') {
        return None;
    }
    let mut at = behind_emphasis(bytes, from)?;
    let mut led = None;
    for _ in 0..5 {
        let next = skip_blanks(bytes, at);
        if next > at {
            led = led.or(Some(Led::Blank));
        }
        at = next;
        // `****1234`: somebody else took it out.
        if bytes.get(at..at + 3) == Some(b"***") {
            return None;
        }
        let signs = run_of(bytes, at, 2, |b| matches!(b, b':' | b'=' | b'"' | b'\'' | b'`' | b'*'));
        let words: [&[u8]; 5] = [b"is", b"was", b"code", b"number", b"to"];
        let word = words.iter().find(|word| {
            crate::lex::is_at(bytes, at, word) && !is_word(byte(bytes, at + word.len()))
        });
        if signs > at {
            (at, led) = (signs, Some(Led::Sign));
        } else if let Some(word) = word {
            at += word.len();
            led = led.filter(|led| *led == Led::Sign).or(Some(Led::Word));
        } else {
            break;
        }
    }
    led.map(|led| (at, led))
}

/// Whether the word at `at` is an element's name: `<wsse:Password Type="…">`.
fn is_tag(bytes: &[u8], at: usize) -> bool {
    let start = match before(bytes, at) {
        b':' => bytes[..at - 1].iter().rev().take(32).take_while(|b| is_word(**b)).count() + 1,
        _ => 0,
    };
    let open = &bytes[..at - start];
    open.ends_with(b"<") || open.ends_with(b"</") || open.ends_with(b"&lt;")
}

/// Past the marks that close an emphasis around the word (`**PIN**: 4711`). Where no sign follows
/// them they name the word, and announce nothing: "`passwd` file", "the **PIN** 4 digits long".
fn behind_emphasis(bytes: &[u8], from: usize) -> Option<usize> {
    let marks = run_of(bytes, from, 3, |b| matches!(b, b'*' | b'`' | b'_'));
    let sign = byte(bytes, skip_blanks(bytes, marks));
    (marks == from || matches!(sign, b':' | b'=')).then_some(marks)
}

/// A password where one is announced: after a sign anything long enough, after a word something
/// that is not an ordinary word ("password is required").
fn token(bytes: &[u8], start: usize, sure: bool) -> Option<usize> {
    if crate::detector::mark_at(bytes, start).is_some() {
        return None;
    }
    let crypt = placeholder::is_crypt(bytes, start);
    let mut end = run_of(bytes, start, 256, |b| {
        b > b' ' && (!b"\"'`<>,;\\".contains(&b) || (crypt && b == b','))
    });
    while end > start && b".!?):*".contains(&byte(bytes, end - 1)) {
        end -= 1;
    }
    let text = &bytes[start..end];
    let until_next = text.split(|b| *b == b'&').next().unwrap_or_default();
    if std::str::from_utf8(until_next).is_ok_and(is_absent) {
        return None;
    }
    let word = text.iter().all(|b| b.is_ascii_lowercase() || *b == b'-')
        || (text.iter().skip(1).all(u8::is_ascii_lowercase));
    // "password type=plain" goes on with another key.
    let key = run_of(bytes, start, 32, is_word);
    if !sure && (byte(bytes, key) == b'=' && key > start) {
        return None;
    }
    let told = match word {
        true => sure && is_told(bytes, start, end),
        false => sure || text.len() >= 6,
    };
    (text.len() >= 4 && told).then_some(end)
}

/// What else stands alone behind "password:".
#[rustfmt::skip]
const ORDINARY: &[&[u8]] = &[
    b"accepted", b"active", b"admin", b"again", b"any", b"argument", b"basic", b"bearer", b"blank",
    b"bool", b"boolean", b"bytes", b"changed", b"char", b"cookie", b"correct", b"created",
    b"default", b"deleted", b"denied", b"disabled", b"disallowed", b"empty", b"enabled", b"error",
    b"expired", b"expires", b"failed", b"false", b"field", b"file", b"flag", b"flags", b"found",
    b"generated", b"given", b"header", b"here", b"hidden", b"ignored", b"inactive", b"incorrect",
    b"inherit", b"input", b"instead", b"int", b"integer", b"invalid", b"issued", b"key", b"leaked",
    b"locked", b"masked", b"matches", b"mismatch", b"missing", b"never", b"none", b"null",
    b"number", b"object", b"obtained", b"once", b"option", b"optional", b"options", b"parameter",
    b"passed", b"passphrase", b"password", b"pending", b"present", b"private", b"prompt",
    b"provided", b"public", b"read", b"received", b"redacted", b"refresh", b"refreshed",
    b"rejected", b"required", b"reset", b"revoked", b"rotated", b"saved", b"secret", b"secrets",
    b"sent", b"set", b"setting", b"some", b"stored", b"str", b"string", b"succeeded", b"success",
    b"text", b"timeout", b"token", b"tokens", b"true", b"twice", b"type", b"undefined", b"unknown",
    b"unset", b"updated", b"uuid", b"valid", b"validated", b"value", b"variable", b"verified",
    b"weak", b"whatever", b"write", b"wrong",
];

/// Whether `word` says something of a secret, or of what kind it is.
pub(crate) fn is_ordinary(word: &[u8]) -> bool {
    ORDINARY.iter().any(|ordinary| word.eq_ignore_ascii_case(ordinary))
}

/// Whether the word is a password all the same: behind a colon, and nothing follows on the line or
/// in the literal.
fn is_told(bytes: &[u8], start: usize, end: usize) -> bool {
    // `password = next` is code.
    let assigned = bytes[start.saturating_sub(3)..start].contains(&b'=');
    let ordinary = is_ordinary(&bytes[start..end]);
    let after = run_of(bytes, end, 3, |b| matches!(b, b'.' | b'!' | b',' | b' '));
    !assigned && !ordinary && matches!(byte(bytes, after), 0 | b'\r' | b'\n' | b'"' | b'\\')
}

/// A passphrase: words in quotes, the first of which stands before `start`.
fn quoted(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = before(bytes, start);
    let opens = matches!(quote, b'"' | b'\'' | b'`') && is_word(byte(bytes, start));
    let end = run_of(bytes, start, 256, |b| b >= b' ' && b != b'\\' && b != quote);
    let words = || bytes[start..end].contains(&b' ');
    let closes = opens && byte(bytes, end) == quote;
    // A password's last sign is its own here.
    (closes && (words() || token(bytes, start, true).is_some())).then_some(end)
}

/// A key or number: digits among letters, or eight digits and more.
fn code(bytes: &[u8], start: usize) -> Option<usize> {
    if crate::detector::mark_at(bytes, start).is_some() {
        return None;
    }
    let mut end = run_of(bytes, start, 512, |b| is_word(b) || b"-.~+/=".contains(&b));
    while end > start && matches!(byte(bytes, end - 1), b'.' | b'-') {
        end -= 1;
    }
    let text = &bytes[start..end];
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().any(u8::is_ascii_alphabetic);
    let mixed = letters && digits >= 2 && text.len() >= 8;
    (mixed || (digits >= 8 && digits == text.len())).then_some(end)
}
