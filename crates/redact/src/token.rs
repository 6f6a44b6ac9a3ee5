//! Tokens and keys with a form of their own, whoever issued them: JWT, PEM, HTTP authorization.

use data_encoding::BASE64_NOPAD;
use memchr::memmem;

use crate::{
    base64::{self, decode, is_base64},
    detector::Detector,
    finding::Outcome,
    lex::{before, byte, is_alnum, is_at, run, run_of, skip_blanks},
    provider::looks_random,
};

fn is_base64url(b: u8) -> bool {
    is_alnum(b) || matches!(b, b'-' | b'_')
}

/// `eyJ….….…`: two to five parts, the first a JSON object in base64.
pub(crate) fn jwt(bytes: &[u8], at: usize) -> Outcome {
    if is_alnum(before(bytes, at)) {
        return Outcome::Nothing;
    }
    let header = run(bytes, at, is_base64);
    let (mut end, mut parts) = (header, 1);
    while parts < 5 && byte(bytes, end) == b'.' && is_base64url(byte(bytes, end + 1)) {
        end = run(bytes, end + 1, is_base64url);
        parts += 1;
    }
    match parts > 1 && header - at >= 10 && end - header > 4 {
        true => Outcome::mark(at, end, Detector::Jwt),
        // Whatever starts within has the same end.
        false => Outcome::Skip(header),
    }
}

/// `-----BEGIN … PRIVATE KEY-----` to its end, or to where the text stops being one; the same
/// wrapped in base64 (`LS0tLS1CRUdJTi…`).
pub(crate) fn pem(bytes: &[u8], at: usize) -> Outcome {
    if bytes[at..].starts_with(b"LS0tLS1CRUdJTi") {
        return Outcome::mark(at, base64::end(bytes, at), Detector::PrivateKey);
    }
    let Some(at) = at.checked_sub(5).filter(|at| bytes[*at..].starts_with(b"-----BEGIN ")) else {
        return Outcome::Nothing;
    };
    let label = at + 11;
    let close = run_of(bytes, label, 64, is_label);
    let secret = memmem::find(&bytes[label..close], b"PRIVATE KEY").is_some();
    if !secret || !bytes[close..].starts_with(b"-----") {
        return Outcome::Nothing;
    }
    // A key of 16384 bits takes 13 KiB; what is longer has lost its end.
    let within = &bytes[close + 5..bytes.len().min(close + 32 * 1024)];
    // Up to the next beginning: a text full of them would be searched again for each.
    let within = &within[..memmem::find(within, b"-----BEGIN ").unwrap_or(within.len())];
    let within = &within[..run(within, 0, |b| !matches!(b, b'"' | b'\''))];
    let end = match memmem::find(within, b"-----END ") {
        Some(last) => {
            let label = close + 5 + last + 9;
            let end = run_of(bytes, label, 64, is_label);
            run_of(bytes, end, 5, |b| b == b'-')
        }
        None => run(bytes, close + 5, |b| is_base64(b) || b"=\\ \r\n:,".contains(&b)),
    };
    Outcome::mark(at, end, Detector::PrivateKey)
}

/// `RSA PRIVATE KEY`, `SSH2 ENCRYPTED PRIVATE KEY`
fn is_label(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b' ' | b'_')
}

/// `Bearer <token>`.
pub(crate) fn bearer(bytes: &[u8], at: usize) -> Outcome {
    if !is_at(bytes, at, b"bearer") || is_alnum(before(bytes, at)) {
        return Outcome::Nothing;
    }
    let Some(token) = after_scheme(bytes, at + 6) else { return Outcome::Nothing };
    let end = run(bytes, token, |b| is_base64(b) || matches!(b, b'.' | b'~' | b'='));
    // A sentence's full stop is not the token's.
    let stops = bytes[token..end].iter().rev().take_while(|b| **b == b'.').count();
    let end = end - stops;
    let body = &bytes[token..end];
    let shaped = body.iter().any(u8::is_ascii_digit) || body.contains(&b'.') || body.len() >= 24;
    match body.len() >= 8 && shaped {
        true => Outcome::mark(at, end, Detector::Bearer),
        false => Outcome::Nothing,
    }
}

/// `Basic <base64 of user:password>`.
pub(crate) fn basic(bytes: &[u8], at: usize) -> Outcome {
    if !is_at(bytes, at, b"basic") || is_alnum(before(bytes, at)) {
        return Outcome::Nothing;
    }
    let Some(token) = after_scheme(bytes, at + 5) else { return Outcome::Nothing };
    let end = run(bytes, token, is_base64);
    let body = &bytes[token..end];
    let end = run_of(bytes, end, 2, |b| b == b'=');
    let pair =
        body.len() >= 4 && decode(body).is_some_and(|raw| raw.contains(&b':') && raw.is_ascii());
    match pair {
        true => Outcome::mark(at, end, Detector::BasicAuth),
        false => Outcome::Nothing,
    }
}

/// How far before its option a command's name is looked for.
const COMMAND_BYTES: usize = 256;

/// `curl -u user:password`, `curl --user 'user:password'`, from the option's name.
pub(crate) fn curl_user(bytes: &[u8], at: usize) -> Outcome {
    let Some(at) = at.checked_sub(1).filter(|at| bytes[*at] == b'-') else {
        return Outcome::Nothing;
    };
    let name = if bytes[at..].starts_with(b"-user") { 5 } else { 2 };
    let option = bytes[at..].starts_with(b"-u") && !is_alnum(before(bytes, at));
    let from = at.saturating_sub(COMMAND_BYTES);
    let sign = skip_blanks(bytes, at + name);
    let sign = if byte(bytes, sign) == b'=' { sign + 1 } else { sign };
    if !option || is_alnum(byte(bytes, sign.min(at + name))) {
        return Outcome::Nothing;
    }
    if memmem::find(&bytes[from..at], b"curl").is_none() {
        return Outcome::Nothing;
    }
    let quote = Some(byte(bytes, sign)).filter(|b| matches!(b, b'"' | b'\''));
    let start = sign + usize::from(quote.is_some());
    let end = run_of(bytes, start, 512, |b| match quote {
        Some(quote) => b >= b' ' && b != quote && b != b'\\',
        None => b > b' ' && !matches!(b, b'"' | b'\'' | b'\\'),
    });
    // Each in quotes of its own: `"user":"password"`, `user:'password'`.
    let colon = end + usize::from(quote.is_some());
    let parted = match quote {
        Some(_) => byte(bytes, colon) == b':',
        None => bytes[start..end].ends_with(b":"),
    };
    let behind = colon + usize::from(quote.is_some());
    if parted && let Some(end) = quoted_end(bytes, behind) {
        let named = matches!(byte(bytes, behind + 1), b'$' | b'<' | b'{');
        return match named {
            true => Outcome::Nothing,
            false => Outcome::mark(sign, end, Detector::BasicAuth),
        };
    }
    let Some(colon) = bytes[start..end].iter().position(|b| *b == b':') else {
        return Outcome::Nothing;
    };
    // A variable's name is no password.
    let (user, password) = (&bytes[start..start + colon], &bytes[start + colon + 1..end]);
    let named = |text: &[u8]| matches!(text.first(), None | Some(b'$' | b'<' | b'{'));
    match named(password) && named(user) {
        true => Outcome::Nothing,
        false => Outcome::mark(start, end, Detector::BasicAuth),
    }
}

/// Behind the quoted password at `at`, if it is one.
fn quoted_end(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = Some(byte(bytes, at)).filter(|b| matches!(b, b'"' | b'\''))?;
    let end = run_of(bytes, at + 1, 512, |b| b >= b' ' && b != quote && b != b'\\');
    let told = end > at + 1 && !matches!(byte(bytes, at + 1), b' ' | b',');
    (told && byte(bytes, end) == quote).then_some(end + 1)
}

/// Blanks (or `%20`) between a scheme and what it introduces.
fn after_scheme(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes[at..].starts_with(b"%20") {
        return Some(at + 3);
    }
    let start = skip_blanks(bytes, at);
    (start > at).then_some(start)
}

/// A bot's token: the bot's id, a time and a signature, each in base64.
pub(crate) fn discord(bytes: &[u8], at: usize) -> Outcome {
    if is_base64(before(bytes, at)) {
        return Outcome::Nothing;
    }
    let id = run_of(bytes, at, 30, is_base64url);
    let time = run_of(bytes, id + 1, 8, is_base64url);
    let end = run_of(bytes, time + 1, 44, is_base64url);
    let dots = byte(bytes, id) == b'.' && byte(bytes, time) == b'.';
    let lengths = (23..=28).contains(&(id - at))
        && (6..=7).contains(&time.saturating_sub(id + 1))
        && (27..=43).contains(&end.saturating_sub(time + 1));
    match dots && lengths && looks_random(&bytes[at..end]) {
        true => Outcome::mark(at, end, Detector::DiscordToken),
        false => Outcome::Nothing,
    }
}

/// Where a Discord token can start: base64 of the first two digits of an id.
pub(crate) fn discord_triggers() -> impl Iterator<Item = [u8; 3]> {
    let pairs = (b'0'..=b'9').flat_map(|first| (b'0'..=b'9').map(move |second| [first, second]));
    pairs.map(|pair| {
        let mut three = [0; 3];
        BASE64_NOPAD.encode_mut(&pair, &mut three);
        three
    })
}
